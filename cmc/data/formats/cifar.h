#pragma once

#include <filesystem>

#include "cmc/data/splits.h"

namespace cmc::data {

/// Whether a folder holds CIFAR-10's binary files: data_batch_*.bin or test_batch.bin.
bool holds_cifar10(const std::filesystem::path& root);

/// Whether a folder holds CIFAR-100's binary files: train.bin.
bool holds_cifar100(const std::filesystem::path& root);

/// CIFAR-10 in its binary format (Krizhevsky, 2009): records of 3,073 bytes, the label and 3 × 32 ×
/// 32 values in planes R, G, B. Every *.bin of the folder is read, in the order of their names;
/// those with "test" in their name are the test part. batches.meta.txt, where there is one, names
/// the classes. Files are mapped. Throws Error, naming the byte, where a record is cut or a label
/// is above 9.
Splits open_cifar10(const std::filesystem::path& root);

enum class Cifar100Labels { fine, coarse };

/// CIFAR-100 in its binary format: as CIFAR-10, with two bytes of labels, one of 20 coarse and one
/// of 100 fine classes, which fine_label_names.txt and coarse_label_names.txt name.
Splits open_cifar100(const std::filesystem::path& root,
                     Cifar100Labels labels = Cifar100Labels::fine);

}  // namespace cmc::data
