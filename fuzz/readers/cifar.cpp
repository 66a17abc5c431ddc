#include "cmc/data/formats/cifar.h"

#include <algorithm>
#include <vector>

#include "fuzz/dataset.h"
#include "fuzz/folder.h"
#include "fuzz/input.h"
#include "fuzz/readers.h"

/// A choice of format, how many bytes follow the records, the records' labels, and the file of the
/// classes' names. The pictures are black.
void cmc::fuzz::cifar(Bytes input) {
  static const Folder folder;
  constexpr std::size_t most_records = 8, picture = 3 * 32 * 32;
  Input parts(input);
  const int format = parts.byte() % 3;
  const std::size_t behind = parts.byte();
  const Bytes labels = parts.piece();
  const std::size_t label_bytes = format == 0 ? 1 : 2;
  const std::size_t count = std::min(labels.size() / label_bytes, most_records);
  std::vector<std::uint8_t> file(count * (label_bytes + picture) + behind);
  for (std::size_t i = 0; i < count; ++i)
    std::copy_n(labels.begin() + static_cast<std::ptrdiff_t>(i * label_bytes), label_bytes,
                file.begin() + static_cast<std::ptrdiff_t>(i * (label_bytes + picture)));
  folder.write("data.bin", file);
  constexpr const char* names[] = {"batches.meta.txt", "fine_label_names.txt",
                                   "coarse_label_names.txt"};
  for (const char* name : names) folder.remove(name);
  if (const Bytes classes = parts.rest(); !classes.empty()) folder.write(names[format], classes);
  if (format == 0) return look_at(data::open_cifar10(folder.path()));
  look_at(data::open_cifar100(
      folder.path(), format == 1 ? data::Cifar100Labels::fine : data::Cifar100Labels::coarse));
}
