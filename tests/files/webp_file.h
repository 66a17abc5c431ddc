#pragma once

#include "tests/files/bytes.h"

namespace cmc {

/// Where an animation's picture lies on its canvas; x and y are even.
struct WebpFrame {
  std::uint32_t x, y, width, height;
};

/// An animated WebP of one picture, which `still`, a whole WebP without transparency, holds.
inline Bytes animated_webp(std::uint32_t width, std::uint32_t height, const WebpFrame& place,
                           const Bytes& still) {
  const Bytes picture(still.begin() + 12, still.end());
  Bytes chunks;
  append(chunks, "WEBPVP8X");
  put_little(chunks, 10, 4);
  put_little(chunks, 2, 4);  // animation
  put_little(chunks, width - 1, 3);
  put_little(chunks, height - 1, 3);
  append(chunks, "ANIM");
  put_little(chunks, 6, 4);
  put_little(chunks, 0, 6);
  append(chunks, "ANMF");
  put_little(chunks, 16 + picture.size(), 4);
  for (const std::uint32_t number :
       {place.x / 2, place.y / 2, place.width - 1, place.height - 1, 50u})
    put_little(chunks, number, 3);
  put_little(chunks, 0, 1);
  append(chunks, picture);
  Bytes bytes;
  append(bytes, "RIFF");
  put_little(bytes, chunks.size(), 4);
  append(bytes, chunks);
  return bytes;
}

}  // namespace cmc
