#include "cmc/runs/run_folder.h"

#include "fuzz/folder.h"
#include "fuzz/input.h"
#include "fuzz/readers.h"

/// A run's recipe, and its run.json.
void cmc::fuzz::run(Bytes input) {
  static const Folder folder;
  Input parts(input);
  folder.write("recipe.toml", parts.piece());
  folder.write("run.json", parts.rest());
  runs::RunFolder run = runs::RunFolder::open(folder.path());
  run.record({{"finished", true}});
  runs::RunFolder::open(folder.path());
}
