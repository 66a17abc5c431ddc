#include "cmc/recipe/data_keys.h"

#include "cmc/recipe/choices.h"

namespace cmc::recipe {

template <class Visitor>
void describe(Visitor& v, data::DataOptions& o) {
  v.choice("format", o.format, {"", "idx", "cifar10", "cifar100", "stl10", "folder"},
           "how the files are read; empty: recognised from the folder's content");
  v.field("root", o.root, "the folder that holds the files");
  v.field("prefix", o.prefix, "idx: prefix of the files' names, before train-images");
  v.field("transposed", o.transposed, "idx: pictures are stored column by column");
  v.field("coarse_labels", o.coarse_labels, "cifar100: the 20 coarse classes");
  v.field("unlabelled", o.unlabelled, "stl10: also train on the unlabelled pictures");
  v.field("channels", o.channels, "folder: 3 (RGB) or 1 (grey)", between(1, 3));
  v.field("held_out", o.held_out, "fraction held out where the data has no test part",
          between(0, 0.999));
  data::ManifestOptions& m = o.manifest;
  v.field("manifest", m.manifest,
          "a CSV or JSON-lines file, or a pattern of file names; its views are [[view]]s");
  v.field("separator", m.separator,
          "manifest: the separator of CSV cells, such as \";\" or \"tab\"; empty: found");
  choice(v, "decimal", m.decimal, {{std::nullopt, ""}, {'.', "."}, {',', ","}},
         "manifest: the decimal mark of CSV; empty: found");
  v.field("missing", m.missing,
          "manifest: marks of missing values, besides empty cells; empty: by the kind of column");
  v.field("key", m.key, "manifest: the column that names a sample");
  v.field("label", m.label, "manifest: the column of the labels");
  choice(v, "label_kind", m.label_kind,
         {{data::LabelKind::automatic, "auto"},
          {data::LabelKind::classes, "classes"},
          {data::LabelKind::number, "number"}},
         "manifest: what labels are; auto: numbers if all are and some are not whole");
  v.field("part", m.part, "manifest: the column that says train or test");
  v.field("split_by", m.split_by,
          "manifest: the column of groups, which are never split between parts");
  v.field("test_groups", m.test_groups, "manifest: the groups of the test part");
  v.field("test_samples", m.test_samples,
          "manifest: size of the test part, chosen by hash; 0: the fraction held_out", at_least(0));
  v.field(
      "duplicates", m.duplicates,
      "manifest: the column by which samples with equal values are never each other's negatives");
  choice(v, "unreadable", m.unreadable,
         {{data::UnreadableFile::error, "error"}, {data::UnreadableFile::missing, "missing"}},
         "manifest: how an unreadable file is treated");
  v.field("classes", o.classes, "names of the classes, replacing those in the files");
}

template void describe(FieldReader&, data::DataOptions&);
template void describe(FieldWriter&, data::DataOptions&);
template void describe(FieldLister&, data::DataOptions&);

}  // namespace cmc::recipe
