#include "cmc/data/formats/idx.h"

#include "fuzz/dataset.h"
#include "fuzz/folder.h"
#include "fuzz/input.h"
#include "fuzz/readers.h"

/// Which files there are, and whether those of pictures are gzipped; the files of labels and of
/// classes' names; the pictures, which are the test part's too.
void cmc::fuzz::idx(Bytes input) {
  static const Folder folder;
  Input parts(input);
  const std::uint8_t choice = parts.byte();
  const bool gzipped = (choice & 1) != 0, labelled = (choice & 2) != 0, named = (choice & 4) != 0,
             tested = (choice & 8) != 0;
  const Bytes labels = parts.piece(), mapping = parts.piece(), pictures = parts.rest();
  const auto write = [&](bool there, const char* name, Bytes bytes) {
    folder.remove(name);
    if (there) folder.write(name, bytes);
  };
  write(!gzipped, "emnist-train-images-idx3-ubyte", pictures);
  write(gzipped, "emnist-train-images-idx3-ubyte.gz", pictures);
  write(tested && !gzipped, "emnist-test-images-idx3-ubyte", pictures);
  write(tested && gzipped, "emnist-test-images-idx3-ubyte.gz", pictures);
  write(labelled, "emnist-train-labels-idx1-ubyte", labels);
  write(labelled && tested, "emnist-test-labels-idx1-ubyte", labels);
  write(named, "emnist-mapping.txt", mapping);
  look_at(data::open_idx(folder.path(), {.prefix = "emnist-"}));
}
