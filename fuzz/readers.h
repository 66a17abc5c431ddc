#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cmc::fuzz {

using Bytes = std::span<const std::uint8_t>;

// One function a format. It takes `input` for a file of the format, or for several that are read
// together (see its source), reads it as the program would, and looks at all that was read. Where
// the input is refused it throws Error; whatever else happens is a fault of the reader.

void audio(Bytes input);
void bands(Bytes input);
void bmp(Bytes input);
void cifar(Bytes input);
void csv(Bytes input);
void csv_series(Bytes input);
void depth(Bytes input);
void exif(Bytes input);
void gif(Bytes input);
void idx(Bytes input);
void inspect(Bytes input);
void jpeg(Bytes input);
void json_lines(Bytes input);
void manifest(Bytes input);
void metrics(Bytes input);
void mp3(Bytes input);
void npy(Bytes input);
void picture(Bytes input);
void png(Bytes input);
void recipe(Bytes input);
void report(Bytes input);
void run(Bytes input);
void safetensors(Bytes input);
void sound_container(Bytes input);
void stl10(Bytes input);
void subwords(Bytes input);
void text(Bytes input);
void tiff(Bytes input);
void training_statistics(Bytes input);
void unfinished_vectors(Bytes input);
void vector_index(Bytes input);
void webp(Bytes input);
void zip_records(Bytes input);

struct Reader {
  std::string_view name;
  void (*read)(Bytes input);
};

inline constexpr Reader readers[] = {
    {"audio", audio},
    {"bands", bands},
    {"bmp", bmp},
    {"cifar", cifar},
    {"csv", csv},
    {"csv_series", csv_series},
    {"depth", depth},
    {"exif", exif},
    {"gif", gif},
    {"idx", idx},
    {"inspect", inspect},
    {"jpeg", jpeg},
    {"json_lines", json_lines},
    {"manifest", manifest},
    {"metrics", metrics},
    {"mp3", mp3},
    {"npy", npy},
    {"picture", picture},
    {"png", png},
    {"recipe", recipe},
    {"report", report},
    {"run", run},
    {"safetensors", safetensors},
    {"sound_container", sound_container},
    {"stl10", stl10},
    {"subwords", subwords},
    {"text", text},
    {"tiff", tiff},
    {"training_statistics", training_statistics},
    {"unfinished_vectors", unfinished_vectors},
    {"vector_index", vector_index},
    {"webp", webp},
    {"zip_records", zip_records},
};

}  // namespace cmc::fuzz
