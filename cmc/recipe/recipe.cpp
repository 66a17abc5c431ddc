#include "cmc/recipe/recipe.h"

#include <algorithm>
#include <sstream>

#include "cmc/error.h"
#include "cmc/files/file_bytes.h"

namespace cmc::recipe {
namespace {

// One description a table serves reading, writing and documenting.

/// Any whole number that TOML knows and is not negative: a seed is never counted with.
constexpr Range seeds{.low = 0, .high = 0x1p63};

template <class Visitor>
void describe(Visitor& v, data::DataOptions& o) {
  v.choice("format", o.format, {"", "idx", "cifar10", "cifar100", "stl10", "folder"},
           "how the files are read; empty: recognised from the folder's content");
  v.field("root", o.root, "the folder that holds the files");
  v.field("prefix", o.prefix, "idx: what stands before train-images in the files' names");
  v.field("transposed", o.transposed, "idx: pictures are stored column by column");
  v.field("coarse_labels", o.coarse_labels, "cifar100: the 20 coarse classes");
  v.field("unlabelled", o.unlabelled, "stl10: train on the pictures without label too");
  v.field("channels", o.channels, "folder: 3 (RGB) or 1 (grey)", between(1, 3));
  v.field("held_out", o.held_out, "fraction held out where the data has no test part",
          between(0, 0.999));
  data::ManifestOptions& m = o.manifest;
  v.field("manifest", m.manifest,
          "a CSV or JSON-lines file, or a pattern of file names; its views are [[view]]s");
  v.field("separator", m.separator,
          "manifest: the sign between cells of CSV, such as \";\" or \"tab\"; empty: found");
  v.choice("decimal", m.decimal, {"", ".", ","}, "manifest: the decimal mark of CSV; empty: found");
  v.field("missing", m.missing,
          "manifest: cells without a value, besides empty ones; empty: by what the column holds");
  v.field("key", m.key, "manifest: the column that names a sample");
  v.field("label", m.label, "manifest: the column of the labels");
  v.choice("label_kind", m.label_kind, {"auto", "classes", "number"},
           "manifest: what labels are; auto: numbers where all are and not all whole");
  v.field("part", m.part, "manifest: the column that says train or test");
  v.field("split_by", m.split_by, "manifest: the column of groups, which are never torn");
  v.field("test_groups", m.test_groups, "manifest: the groups that are the test part");
  v.field("test_samples", m.test_samples,
          "manifest: so many are the test part, chosen by hash; 0: the fraction held_out",
          at_least(0));
  v.field("duplicates", m.duplicates,
          "manifest: the column that samples have alike which are no negatives of each other");
  v.choice("unreadable", m.unreadable, {"error", "missing"},
           "manifest: what a file that can't be read is");
  v.field("classes", o.classes, "names of the classes, in place of those in the files");
}

/// Which part of a picture is seen.
template <class Visitor>
void describe_window(Visitor& v, views::AugmentationOptions& o) {
  std::string crop(name(o.crop));
  v.choice("crop", crop, {"none", "random_resized", "pad_and_shift"}, "what is cut in training");
  o.crop = views::crop(crop);
  v.field("scale_low", o.scale.low, "random_resized: least share of the area", between(0.001, 1));
  v.field("scale_high", o.scale.high, "random_resized: greatest share of the area",
          between(0.001, 1));
  v.field("ratio_low", o.ratio.low, "random_resized: least width over height", between(0.01, 100));
  v.field("ratio_high", o.ratio.high, "random_resized: greatest width over height",
          between(0.01, 100));
  v.field("padding", o.padding, "pad_and_shift: pixels", between(1, 8192));
  v.field("flip_probability", o.flip_probability, "left-right flip", between(0, 1));
}

template <class Visitor>
void describe(Visitor& v, views::AugmentationOptions& o) {
  v.field("shared", o.shared, "one draw serves all views of a sample; false: each has its own");
  describe_window(v, o);
  v.field("jitter_probability", o.jitter_probability, "colour jitter", between(0, 1));
  v.field("brightness", o.brightness, "strength of the jitter", between(0, 10));
  v.field("contrast", o.contrast, "strength of the jitter", between(0, 10));
  v.field("saturation", o.saturation, "strength of the jitter", between(0, 10));
  v.field("hue", o.hue, "strength of the jitter, of the whole circle", between(0, 0.5));
  v.field("grey_probability", o.grey_probability, "colours taken away", between(0, 1));
  v.field("blur_probability", o.blur_probability, "Gaussian blur", between(0, 1));
  v.field("blur_sigma_low", o.blur_sigma.low, "least deviation in pixels", above(0, 100));
  v.field("blur_sigma_high", o.blur_sigma.high, "greatest deviation in pixels", above(0, 100));
}

std::vector<std::string> color_space_names() {
  std::vector<std::string> names;
  for (int space = 0; space < views::color_spaces; ++space)
    names.emplace_back(views::describe(static_cast<views::ColorSpace>(space)).name);
  return names;
}

template <class Visitor>
void describe_split(Visitor& v, views::ColorOptions& o) {
  std::string space(views::describe(o.space).name);
  v.choice("space", space, color_space_names(), "color: the colour space");
  o.space = views::color_space(space);
  v.field("alone", o.alone, "color: the channel that is the first view; empty: the space's first");
}

template <class Visitor>
void describe_split(Visitor& v, views::HalvesOptions& o) {
  std::string cut(name(o.cut));
  v.choice("cut", cut, {"left_right", "top_bottom"}, "halves: where the picture is cut");
  o.cut = views::cut(cut);
}

template <class Visitor>
void describe_split(Visitor& /*v*/, views::QuadrantsOptions& /*o*/) {}

template <class Visitor>
void describe_split(Visitor& v, views::PatchesOptions& o) {
  v.field("patch_size", o.size, "patches: side in pixels", between(1, 8192));
  v.field("distance", o.distance, "patches: pixels between their corners", between(0, 8192));
}

template <class Visitor>
void describe_split(Visitor& v, views::AugmentedOptions& o) {
  v.field("views", o.views, "augmented: how many views", between(2, 16));
}

template <class Visitor>
void describe_split(Visitor& v, views::FrequencyOptions& o) {
  v.field("sigma", o.sigma, "frequency: deviation of the Gaussian in pixels", between(0.01, 100));
}

template <class Visitor>
void describe_split(Visitor& /*v*/, views::WholeOptions& /*o*/) {}

template <class Visitor>
void describe(Visitor& v, views::ViewRecipe& o, const char* kind_key = "kind") {
  std::string kind(views::kind(o.split));
  std::vector<std::string> kinds(views::split_kinds().begin(), views::split_kinds().end());
  v.choice(kind_key, kind, kinds, "how a picture is split into views");
  if (kind != views::kind(o.split)) o.split = views::split_of_kind(kind);
  const auto describe_all = [&](auto& visitor) {
    for (const std::string& each : kinds) {
      views::SplitOptions split = views::split_of_kind(each);
      std::visit([&](auto& options) { describe_split(visitor, options); }, split);
    }
  };
  if constexpr (std::is_same_v<Visitor, FieldLister>) {
    describe_all(v);
  } else {
    std::visit([&](auto& options) { describe_split(v, options); }, o.split);
  }
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    FieldLister all;
    describe_all(all);
    v.belongs_elsewhere(all.result());
  }
  v.field("size", o.size, "side in pixels of the picture that is split; 0: the data's own",
          between(0, 8192));
  v.field("mean", o.normalization.mean,
          "of the channels, in the colour space's units; empty: its middle");
  v.field("deviation", o.normalization.deviation, "of the channels; empty: half their range",
          above(0));
  views::AugmentationOptions augmentation =
      o.augmentation.value_or(views::default_augmentation(o.split));
  v.table("augmentation", "in front of the split, in training",
          [&](auto& inner) { describe(inner, augmentation); });
  o.augmentation = augmentation;
}

template <class Visitor>
void describe(Visitor& v, encoders::EncoderOptions& o) {
  v.choice("name", o.name, {"convnet", "resnet18", "resnet50", "alexnet", "mlp", "waveform"},
           "the network");
  v.field("channels", o.channels, "convnet, waveform: channels of each stage", between(1, 65536));
  v.field("convolutions", o.convolutions, "convnet, waveform: convolutions in each stage",
          between(1, 1000));
  v.field("strides", o.strides, "convnet: how much each stage shrinks; empty: 1, then 2s",
          between(1, 2));
  v.choice("downsample", o.downsample, {"max_pool", "stride"}, "convnet: what shrinks");
  v.field("pooled_grid", o.pooled_grid, "convnet: cells a side of the averaged grid",
          between(1, 1024));
  v.field("representation_dim", o.representation_dim,
          "convnet: width of a last linear layer; 0: the grid itself", between(0, 1'000'000));
  v.field("small_stem", o.small_stem, "resnet: the entry for small pictures");
  v.field("widths", o.widths, "mlp: widths of the hidden layers", between(1, 1'000'000));
  v.field("skip", o.skip, "mlp: the values stand beside the last hidden layer");
  v.choice("head", o.head, {"mlp", "linear"}, "the projection head");
  v.field("hidden_dim", o.hidden_dim, "mlp: hidden width; 0: the representation's",
          between(0, 1'000'000));
  v.field("embedding_dim", o.embedding_dim, "width of the embedding", between(1, 65536));
  v.field("torchscript", o.torchscript, "a scripted module's file, in place of a network's name");
  v.field("weights", o.weights, "a safetensors file to start from, by torchvision's names");
  v.field("freeze", o.freeze, "train the head alone");
  v.field("rate_factor", o.rate_factor, "the network's learning rate over the head's", above(0));
  v.field("shared", o.shared, "one encoder for all views");
}

// What a [[view]] of each kind has; image, depth, audio, table, array.

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::ViewRecipe& o) {
  v.field("channels", source.channels, "image: 3 (RGB) or 1 (grey)", between(1, 3));
  if constexpr (std::is_same_v<Visitor, FieldLister>) {
    std::string split = "whole";
    v.choice("split", split, {"whole", "color", "…"}, "image: as views.kind, with its other keys");
  } else {
    describe(v, o, "split");
  }
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::DepthViewOptions& o) {
  v.field("unit", source.unit, "depth: metres that a stored 1 stands for", above(0));
  v.field("size", o.size, "depth: side in pixels", between(1, 8192));
  v.named_table("augmentation", "crop",
                "image: as views.augmentation; depth: of it crop, scale, ratio, padding and flip",
                [&](auto& inner) { describe_window(inner, o.augmentation); });
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::AudioViewOptions& o) {
  v.field("rate", source.rate, "audio: samples a second that recordings are brought to",
          between(1, 1'000'000));
  v.choice("features", o.features, {"log_mel", "waveform"}, "audio: what the encoder sees");
  v.field("seconds", o.seconds, "audio: how much of a recording is seen", above(0, 86400));
  v.field("bands", o.bands, "audio, log_mel: bands", between(1, 8192));
  v.field("window", o.window, "audio, log_mel: seconds of the window", above(0, 60));
  v.field("hop", o.hop, "audio, log_mel: seconds from window to window", above(0, 60));
  v.field("low", o.low, "audio, log_mel: lowest frequency in Hz", between(0, 1'000'000));
  v.field("high", o.high, "audio, log_mel: highest; 0: half the rate", between(0, 1'000'000));
  v.field("crop", o.crop, "audio: least share of the recording that is taken", between(0.001, 1));
  v.field("gain", o.gain, "audio: decibels up or down", between(0, 60));
  v.field("speed", o.speed, "audio: faster or slower by up to this share", between(0, 1));
  v.field("noise", o.noise, "audio: white noise, of the recording's root mean square",
          between(0, 10));
  v.field("time_mask", o.time_mask, "audio, log_mel: greatest share masked", between(0, 1));
  v.field("frequency_mask", o.frequency_mask, "audio, log_mel: greatest share masked",
          between(0, 1));
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::TableViewOptions& o) {
  v.field("columns", source.columns,
          "table: numeric columns: names, places \"#3\", ranges \"t0..t63\"");
  v.field("categorical", source.categorical, "table: columns of texts");
  v.field("table", source.table, "table: another file that holds the columns");
  v.field("table_key", source.table_key,
          "table: its column that matches data.key; empty: matched by row");
  v.field("dropout", o.dropout, "table, array: probability that a value is taken away",
          between(0, 0.999));
  v.field("noise", o.noise, "table, array: deviation of noise on standardised values", at_least(0));
}

template <class Visitor>
void describe_view(Visitor& v, data::SourceOptions& source, views::ArrayViewOptions& o) {
  v.field("entry", source.entry, "array: its name in a .npz file");
  if constexpr (!std::is_same_v<Visitor, FieldLister>) {
    v.field("dropout", o.dropout, "table, array", between(0, 0.999));
    v.field("noise", o.noise, "table, array", at_least(0));
  }
}

/// Refuses a crop or flip of its own for a view that has those of another.
void check_alignment(const FieldReader& v, const ViewEntry& o) {
  if (o.align_with.empty()) return;
  views::AugmentationOptions own;
  if (const auto* depth = std::get_if<views::DepthViewOptions>(&o.options))
    own = depth->augmentation;
  if (const auto* image = std::get_if<views::ViewRecipe>(&o.options))
    own = image->augmentation.value_or(views::default_augmentation(image->split));
  if (views::with_window_of({}, own) != views::AugmentationOptions{})
    v.refuse("align_with",
             fmt::format("= \"{0}\" can't be combined with a crop or flip of its own: "
                         "both are those of \"{0}\"",
                         o.align_with));
}

/// The network that suits a kind where a recipe names none.
std::string usual_encoder(const views::SourceViewOptions& options, const std::string& otherwise) {
  if (const auto* audio = std::get_if<views::AudioViewOptions>(&options))
    return audio->features == "waveform" ? "waveform" : otherwise;
  const bool numbers = std::holds_alternative<views::TableViewOptions>(options) ||
                       std::holds_alternative<views::ArrayViewOptions>(options);
  return numbers ? "mlp" : otherwise;
}

template <class Visitor>
void describe(Visitor& v, ViewEntry& o) {
  v.field("name", o.source.name, "the view's name");
  std::string kind(data::name(o.source.kind));
  v.choice("kind", kind, data::source_kinds(), "what its source is");
  if (data::source_kind(kind) != o.source.kind) {
    o.source.kind = data::source_kind(kind);
    o.options = views::source_view_options(o.source.kind);
  }
  if (o.source.kind != data::SourceKind::table || std::is_same_v<Visitor, FieldLister>) {
    v.field("column", o.source.column,
            "the column of the file's path; array with file: of the row in it");
    v.field("file", o.source.file,
            "the path itself, columns in braces: \"depth/{frame}.png\"; array, without "
            "braces: of all samples, a row each");
  }
  const auto describe_all = [&](auto& visitor) {
    for (std::size_t k = 0; k < data::source_kinds().size(); ++k) {
      data::SourceOptions source;
      views::SourceViewOptions each = views::source_view_options(static_cast<data::SourceKind>(k));
      std::visit([&](auto& options) { describe_view(visitor, source, options); }, each);
    }
  };
  if constexpr (std::is_same_v<Visitor, FieldLister>) {
    describe_all(v);
  } else {
    std::visit([&](auto& options) { describe_view(v, o.source, options); }, o.options);
  }
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    FieldLister all;
    describe_all(all);
    v.belongs_elsewhere(all.result());
  }
  if (std::holds_alternative<views::ViewRecipe>(o.options) ||
      std::holds_alternative<views::DepthViewOptions>(o.options))
    v.field("align_with", o.align_with,
            "image, depth: another image's view, whose crop and flip this one shares");
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    check_alignment(v, o);
    o.encoder.name = usual_encoder(o.options, o.encoder.name);
  }
  v.named_table("encoder", "name", "a network's name, or a table of what differs from [encoder]",
                [&](auto& inner) { describe(inner, o.encoder); });
}

template <class Visitor>
void describe(Visitor& v, ContrastRecipe& o) {
  v.choice("loss", o.loss, {"k_pair", "nt_xent", "logistic", "nce", "triplet"}, "the loss");
  v.field("temperature", o.temperature,
          "τ; 0 would divide by zero and τ < 0 would pull negatives closer", above(0));
  v.choice("temperature_mode", o.temperature_mode, {"fixed", "cosine", "learned"}, "how τ moves");
  v.field("temperature_end", o.temperature_end, "cosine: τ at the end", above(0));
  v.field("temperature_steps", o.temperature_steps, "cosine: steps until then", at_least(1));
  v.field("class_prior", o.class_prior,
          "k_pair: probability that a negative is of the anchor's class; 0: no correction",
          between(0, 0.999));
  v.field("margin", o.margin, "triplet: the margin", above(0));
  v.choice("mining", o.mining, {"all", "hardest", "semi_hard"}, "triplet: which negatives");
  v.field("log_z_momentum", o.log_z_momentum, "nce: how much of log Z stays", between(0, 0.9999));
  v.choice("graph", o.graph, {"full", "core", "list"}, "which views are contrasted");
  v.field("core", o.core, "core: the view that meets each other");
  v.field("pairs", o.pairs, "list: \"anchor>candidate\" each");
  v.field("weights", o.weights, "list: a weight for each pair", above(0));
  v.choice("negatives", o.negatives, {"auto", "batch", "bank", "queue"},
           "where negatives come from; auto: every sample (a queue) below 100,000, else the batch");
  v.field("k", o.k, "bank, auto: negatives of an anchor; -1: all", at_least(-1));
  v.choice("draw", o.draw, {"per_anchor", "shared"}, "bank: who shares a draw");
  v.choice("positive", o.positive, {"batch", "bank"}, "bank: where the positive comes from");
  v.field("bank_momentum", o.bank_momentum, "bank: how much of a vector stays", between(0, 0.9999));
  v.choice("bank_precision", o.bank_precision, {"fp32", "bf16"}, "bank: its numbers");
  v.field("queue_length", o.queue_length, "queue: its length", at_least(1));
  v.field("queue_recent", o.queue_recent,
          "queue, auto: the share of all keys so far that counts, the newest; 1: all of the queue",
          between(0.001, 1));
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    if (o.k == 0) v.refuse("k", "= 0 is out of range: it must be -1, for all, or ≥ 1");
    if (o.loss == "nt_xent" && o.negatives != "auto" && o.negatives != "batch")
      v.refuse("negatives", fmt::format("is \"{}\": loss = \"nt_xent\" has the batch's views as "
                                        "negatives, so it must be \"auto\" or \"batch\"",
                                        o.negatives));
    if (o.graph == "list" && o.pairs.empty())
      v.refuse("graph", "is \"list\", but pairs, which lists \"anchor>candidate\", is empty");
  }
}

template <class Visitor>
void describe(Visitor& v, training::TrainOptions& o) {
  v.field("epochs", o.epochs, "the budget in epochs", at_least(1));
  v.field("steps", o.steps, "the budget in steps, where above 0", at_least(0));
  v.field("batch_size", o.batch_size, "samples of a batch", at_least(2));
  v.field("accumulate", o.accumulate, "batches of an optimiser's step", at_least(1));
  v.field("passes", o.passes,
          "passes that encode a batch, to save memory; negatives are the whole batch's",
          at_least(1));
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    if (o.passes > 1 && o.accumulate > 1)
      v.refuse("passes",
               fmt::format("= {} can't be combined with accumulate = {}", o.passes, o.accumulate));
  }
  v.choice("optimizer", o.optimizer.name, {"adamw", "sgd", "lars"}, "the optimiser");
  v.field("learning_rate", o.optimizer.learning_rate, "at its peak", above(0));
  v.field("weight_decay", o.optimizer.weight_decay, "not on biases and norms", at_least(0));
  v.field("momentum", o.optimizer.momentum, "sgd, lars", between(0, 0.9999));
  v.field("beta2", o.optimizer.beta2, "adamw: decay of the second moment", between(0, 0.999999));
  v.field("trust", o.optimizer.trust, "lars: the trust coefficient", above(0));
  v.choice("schedule", o.schedule.name, {"cosine", "step", "constant"}, "of the learning rate");
  v.field("warmup_steps", o.schedule.warmup_steps, "linear warm-up", at_least(0));
  v.field("milestones", o.schedule.milestones, "step: fractions of the run", between(0, 1));
  v.field("gamma", o.schedule.gamma, "step: the factor at each", between(0, 1));
  v.field(
      "encoder_momentum", o.encoder_momentum,
      "queue: how much of the momentum encoder's weights stays, at most; less in the first steps",
      between(0, 1));
  v.field("clip_gradient", o.clip_gradient, "limit of the gradients' norm; 0: none", at_least(0));
  v.choice("precision", o.precision, {"auto", "bf16", "fp32"}, "of the encoders");
  v.field("device", o.device, "\"auto\", \"cpu\", \"cuda\" or \"cuda:N\"");
  if constexpr (std::is_same_v<Visitor, FieldReader>) {
    if (o.device != "auto" && o.device != "cpu" && o.device != "cuda" &&
        !o.device.starts_with("cuda:"))
      v.refuse("device", fmt::format("is \"{}\": it must be \"auto\", \"cpu\", \"cuda\" or "
                                     "\"cuda:N\"",
                                     o.device));
  }
  v.field("threads", o.threads, "of libtorch; 0: one a core", between(0, 1024));
  v.field("workers", o.workers, "of the loader; 0: one a core", between(0, 1024));
  v.field("prefetch", o.prefetch, "batches kept ready", between(1, 4096));
  v.field("checkpoint_steps", o.checkpoint_steps, "steps between checkpoints", at_least(1));
  v.field("held_out_samples", o.held_out_samples, "held-out samples measured an epoch",
          at_least(0));
  v.field("impute", o.impute,
          "manifest: missing numbers of tables are filled from the sample's others, in training");
}

template <class Visitor>
void describe(Visitor& v, Recipe& o) {
  v.field("name", o.name, "the run's folder is runs/NAME");
  v.field("seed", o.seed, "of every random draw", seeds);
  v.table("data", "where samples come from", [&](auto& inner) { describe(inner, o.data); });
  v.table("views", "how views are made", [&](auto& inner) { describe(inner, o.views); });
  v.table("encoder", "a network for each view", [&](auto& inner) { describe(inner, o.encoder); });
  ViewEntry entry;
  entry.encoder = o.encoder;
  v.tables("view", o.view, entry, "manifest: a view each",
           [](auto& inner, ViewEntry& each) { describe(inner, each); });
  v.table("contrast", "what is contrasted", [&](auto& inner) { describe(inner, o.contrast); });
  v.table("train", "the optimisation", [&](auto& inner) { describe(inner, o.train); });
}

/// The table of a list that has this name; null where there is none.
toml::table* named(toml::array& list, const std::string& name) {
  for (toml::node& node : list) {
    toml::table* table = node.as_table();
    if (table != nullptr && (*table)["name"].value_or(std::string()) == name) return table;
  }
  return nullptr;
}

/// No recipe's key has more, and tables inside one another without end would end the stack.
constexpr std::ptrdiff_t most_dots = 20;

/// Throws UsageError, with its line, for a key of more dots than any recipe has.
void check_dots(std::string_view text, const std::string& source) {
  std::ptrdiff_t line = 1, dots = 0;
  char inside = 0;  // a quote or, for the rest of the line, a comment
  for (const char c : text) {
    if (c == '\n') {
      ++line;
      dots = 0;
      inside = 0;
    } else if (inside != 0) {
      if (c == inside && c != '#') inside = 0;
    } else if (c == '"' || c == '\'' || c == '#') {
      inside = c;
    } else if (c == '=' || c == ',') {
      dots = 0;
    } else if (c == '.' && ++dots > most_dots) {
      throw UsageError(fmt::format("{}, line {}: more than {} dots, which no key of a recipe has",
                                   source, line, most_dots));
    }
  }
}

/// Puts "a.b=value", or "view.NAME.b=value" for the [[view]] of that name, into the table.
void set(toml::table& table, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError(fmt::format("--set {}: expected key=value, such as train.epochs=5", text));
  toml::table parsed;
  const std::string value = text.substr(equals + 1);
  if (value.starts_with('{') || value.starts_with('[')) check_dots(value, "--set");
  const auto source = std::make_shared<const std::string>("--set");
  try {
    parsed = toml::parse("value = " + value, *source);
  } catch (const toml::parse_error&) {  // a bare word is a text
    std::ostringstream quoted;
    quoted << "value = " << toml::value<std::string>(value);
    parsed = toml::parse(quoted.str(), *source);
  }
  toml::table* inner = &table;
  std::string key = text.substr(0, equals);
  if (std::ranges::count(key, '.') > most_dots)
    throw UsageError(
        fmt::format("--set {}…: more than {} dots; expected key=value, such as "
                    "train.epochs=5",
                    text.substr(0, 40), most_dots));
  for (std::size_t dot; (dot = key.find('.')) != std::string::npos; key = key.substr(dot + 1)) {
    const std::string name = key.substr(0, dot);
    if (!inner->contains(name)) inner->insert(name, toml::table{});
    if (toml::array* list = inner->get_as<toml::array>(name)) {
      key = key.substr(dot + 1);
      dot = key.find('.');
      inner = named(*list, key.substr(0, dot));
      if (inner == nullptr || dot == std::string::npos)
        throw UsageError(fmt::format("--set {}: {} is a list of tables: expected {}.NAME.KEY", text,
                                     name, name));
      continue;
    }
    inner = inner->get_as<toml::table>(name);
    if (inner == nullptr)
      throw UsageError(fmt::format("--set {}: {} is not a table of the recipe", text, name));
  }
  inner->insert_or_assign(key, std::move(*parsed.get("value")));  // moved, a node keeps its source
}

}  // namespace

Recipe read_recipe(const std::filesystem::path& path, const std::vector<std::string>& overrides) {
  if (!std::filesystem::is_regular_file(path))
    throw UsageError(fmt::format(
        "{}: no such file; expected a recipe (`cmc recipes` lists what ships)", path.string()));
  std::vector<std::uint8_t> bytes;
  files::read_file(path, bytes);
  check_dots({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
  toml::table table;
  try {
    table = toml::parse_file(path.string());
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}, line {}: not TOML: {}", path.string(),
                                 error.source().begin.line, error.description()));
  }
  for (const std::string& text : overrides) set(table, text);
  Recipe recipe;
  if (!table.contains("name")) recipe.name = path.stem().string();
  FieldReader reader(table, path.string());
  describe(reader, recipe);
  reader.finish();
  return recipe;
}

std::string to_toml(const Recipe& recipe) {
  Recipe copy = recipe;
  FieldWriter writer;
  describe(writer, copy);
  std::ostringstream text;
  text << writer.result() << '\n';
  return text.str();
}

std::vector<FieldReference> recipe_reference() {
  Recipe recipe;
  FieldLister lister;
  describe(lister, recipe);
  return lister.result();
}

}  // namespace cmc::recipe
