#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace cmc::report {

/// A headless Chromium with one page, driven by the DevTools protocol over two pipes. Network is
/// observed, not just forbidden: every request but the page's own file is kept.
class Chromium {
 public:
  using json = nlohmann::json;

  static std::string program() {
    for (const char* name :
         {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"}) {
      if (std::filesystem::exists(name)) return name;
    }
    return "";
  }

  /// `profile` is a folder of its own for what the browser writes.
  explicit Chromium(const std::filesystem::path& profile) {
    int in[2], out[2];
    if (pipe(in) || pipe(out)) throw std::runtime_error("no pipes");
    process_ = fork();
    if (process_ < 0) throw std::runtime_error("no process");
    if (process_ == 0) {
      // DevTools reads file descriptor 3 and writes 4. The pipes may bear these numbers: move them
      // away.
      const int from_us = fcntl(in[0], F_DUPFD, 10), to_us = fcntl(out[1], F_DUPFD, 10);
      dup2(from_us, 3);
      dup2(to_us, 4);
      const int silence = open("/dev/null", O_RDWR);
      for (int fd : {0, 1, 2}) dup2(silence, fd);
      closefrom(5);
      setpgid(0, 0);
      const std::string data = "--user-data-dir=" + profile.string();
      const std::string chromium = program();
      setenv("HOME", profile.c_str(), 1);
      execl(chromium.c_str(), chromium.c_str(), "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run",
            "--disable-background-networking", "--hide-scrollbars", data.c_str(), "about:blank",
            nullptr);
      _exit(127);
    }
    setpgid(process_, process_);  // as the child does: whoever is first
    close(in[0]);
    close(out[1]);
    to_browser_ = in[1];
    from_browser_ = out[0];
    signal(SIGPIPE, SIG_IGN);
    const json target = call("Target.createTarget", {{"url", "about:blank"}});
    session_ = call("Target.attachToTarget",
                    {{"targetId", target["targetId"]}, {"flatten", true}})["sessionId"];
    for (const char* domain : {"Page", "Runtime", "Log", "Network", "Accessibility"}) {
      call(std::string(domain) + ".enable");
    }
  }

  ~Chromium() {
    close(to_browser_);
    close(from_browser_);
    kill(-process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Chromium(const Chromium&) = delete;
  Chromium& operator=(const Chromium&) = delete;

  /// The size of the screen in CSS pixels, and the reader's colour scheme: "light" or "dark".
  void screen(int width, int height, const std::string& scheme, bool mobile = false) {
    call("Emulation.setDeviceMetricsOverride", {{"width", width},
                                                {"height", height},
                                                {"deviceScaleFactor", mobile ? 2 : 1},
                                                {"mobile", mobile}});
    call("Emulation.setEmulatedMedia",
         {{"features", {{{"name", "prefers-color-scheme"}, {"value", scheme}}}}});
  }

  void open_page(const std::filesystem::path& file) {
    page_ = "file://" + file.string();
    loaded_ = false;
    call("Page.navigate", {{"url", page_}});
    while (!loaded_) receive();
    evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
  }

  /// The value of an expression, promises awaited. Throws where it throws.
  json evaluate(const std::string& expression) {
    const json answer =
        call("Runtime.evaluate",
             {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
    if (answer.contains("exceptionDetails"))
      throw std::runtime_error(answer["exceptionDetails"].dump());
    return answer["result"].value("value", json());
  }

  json call(const std::string& method, const json& parameters = json::object()) {
    json message = {{"id", ++last_id_}, {"method", method}, {"params", parameters}};
    if (!session_.empty()) message["sessionId"] = session_;
    const std::string text = message.dump();
    send(text.c_str(), text.size() + 1);
    const int id = last_id_;
    for (;;) {
      json answer = receive();
      if (answer.value("id", 0) != id) continue;
      if (answer.contains("error"))
        throw std::runtime_error(method + ": " + answer["error"].dump());
      return answer["result"];
    }
  }

  /// The whole page as a PNG in base 64.
  std::string screenshot() {
    return call("Page.captureScreenshot",
                {{"format", "png"}, {"captureBeyondViewport", true}})["data"];
  }

  /// What the page reported: errors and warnings of the console, exceptions, what its policy
  /// refused.
  const std::vector<std::string>& errors() const { return errors_; }
  /// Addresses that the page asked for, its own and data: aside.
  const std::vector<std::string>& requests() const { return requests_; }

 private:
  void send(const char* bytes, std::size_t size) const {
    while (size > 0) {
      const ssize_t written = ::write(to_browser_, bytes, size);
      if (written <= 0) throw std::runtime_error("Chromium has gone");
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
  }

  json receive() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    std::size_t end;
    while ((end = buffer_.find('\0')) == std::string::npos) {
      pollfd waiting{from_browser_, POLLIN, 0};
      if (poll(&waiting, 1, 1000) < 0 || std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("Chromium does not answer");
      }
      if (!waiting.revents) continue;
      char bytes[65536];
      const ssize_t n = ::read(from_browser_, bytes, sizeof(bytes));
      if (n <= 0) throw std::runtime_error("Chromium has gone");
      buffer_.append(bytes, static_cast<std::size_t>(n));
    }
    json message = json::parse(buffer_.substr(0, end));
    buffer_.erase(0, end + 1);
    observe(message);
    return message;
  }

  void observe(const json& message) {
    const std::string method = message.value("method", "");
    if (method == "Page.loadEventFired") loaded_ = true;
    if (method == "Runtime.exceptionThrown") errors_.push_back(message["params"].dump());
    if (method == "Runtime.consoleAPICalled") {
      const std::string type = message["params"]["type"];
      if (type == "error" || type == "warning" || type == "assert")
        errors_.push_back(message["params"].dump());
    }
    if (method == "Log.entryAdded") {
      const json& entry = message["params"]["entry"];
      if (entry["level"] == "error" || entry["level"] == "warning") errors_.push_back(entry.dump());
    }
    if (method == "Network.requestWillBeSent") {
      const std::string url = message["params"]["request"]["url"];
      if (!url.starts_with("data:") && url != page_) requests_.push_back(url);
    }
  }

  pid_t process_ = 0;
  int to_browser_ = -1, from_browser_ = -1;
  int last_id_ = 0;
  bool loaded_ = false;
  std::string session_, page_, buffer_;
  std::vector<std::string> errors_, requests_;
};

}  // namespace cmc::report
