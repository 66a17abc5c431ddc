#include "cmc/data/formats/stl10.h"

#include "fuzz/dataset.h"
#include "fuzz/folder.h"
#include "fuzz/input.h"
#include "fuzz/readers.h"

/// How many pictures there are and how many bytes follow them, the same without labels, the file of
/// labels, and that of the classes' names. The pictures are black.
void cmc::fuzz::stl10(Bytes input) {
  static const Folder folder;
  constexpr std::size_t picture = 3 * 96 * 96;
  Input parts(input);
  const auto write_pictures = [&](const char* name) {
    const std::size_t count = parts.byte() % 8, behind = parts.byte();
    folder.write_zeros(name, count * picture + behind);
  };
  write_pictures("train_X.bin");
  write_pictures("unlabeled_X.bin");
  folder.write("train_y.bin", parts.piece());
  folder.remove("class_names.txt");
  if (const Bytes classes = parts.rest(); !classes.empty())
    folder.write("class_names.txt", classes);
  look_at(data::open_stl10(folder.path()));
}
