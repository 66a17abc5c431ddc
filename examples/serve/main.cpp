// Answers each picture that is posted (JPEG, PNG, WebP, TIFF) with its embedding, as JSON.
//   serve RUN VIEW [PORT]
#include <cmc/data/decode_image.h>
#include <cmc/exchange/load.h>
#include <fmt/ranges.h>
#include <httplib.h>

int main(int argc, char** argv) try {
  if (argc < 3) throw cmc::UsageError("expected RUN VIEW [PORT]");
  const cmc::exchange::LoadedRun run = cmc::exchange::load(argv[1]);
  const std::size_t view = run.view(argv[2]);
  const int channels = static_cast<int>(run.split->picture_channels());

  httplib::Server server;  // answers from many threads; so does the encoder
  server.Post(
      "/",
      [&](const httplib::Request& request, httplib::Response& response) try {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(request.body.data());
        const cv::Mat picture =
            cmc::data::decode_image({bytes, request.body.size()}, "the picture", channels);
        const at::Tensor z = run.encode(view, {&picture, 1}, cmc::exchange::Output::embedding);
        const std::span numbers(z.data_ptr<float>(), static_cast<std::size_t>(z.numel()));
        response.set_content(fmt::format("[{}]", fmt::join(numbers, ",")), "application/json");
      } catch (const cmc::Error& error) {
        response.status = 400;
        response.set_content(error.what(), "text/plain");
      });
  return server.listen("127.0.0.1", argc > 3 ? std::stoi(argv[3]) : 8080) ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "serve: {}\n", error.what());
  return 1;
}
