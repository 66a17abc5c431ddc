#include "cmc/data/tables/rows.h"

#include "cmc/data/column_names.h"
#include "cmc/data/tables/array_manifest.h"
#include "cmc/data/tables/csv.h"
#include "cmc/data/tables/file_names.h"
#include "cmc/data/tables/json_lines.h"
#include "cmc/error.h"
#include "cmc/files/lower_case.h"

namespace cmc::data {
std::string ending_of(const std::filesystem::path& path) {
  const std::string ending = files::small_ending(path);
  return ending == ".gz" ? files::small_ending(path.stem()) : ending;
}

std::shared_ptr<const Rows> open_rows(const std::string& name, const RowsOptions& options) {
  check(!options.decimal || *options.decimal == '.' || *options.decimal == ',',
        "data.decimal = \"{}\": it must be \".\" or \",\"", options.decimal.value_or(' '));
  if (name.find('{') != std::string::npos) return open_file_names(name);
  const std::filesystem::path path = name;
  std::error_code ignored;  // a name that is too long, a folder that is closed
  check(!std::filesystem::is_directory(path, ignored),
        "{}: is a folder; a file of rows was expected, or a pattern of file names such as "
        "\"{}/{{name}}.png\"",
        name, name);
  check(std::filesystem::is_regular_file(path, ignored),
        "{}: there is no such file (it would be {})", name,
        std::filesystem::absolute(path).string());
  if (is_array_manifest(path)) return open_array_manifest(path);
  const std::string ending = ending_of(path);
  const bool is_json = ending == ".jsonl" || ending == ".ndjson" || ending == ".json";
  return is_json ? open_json_lines(path) : open_csv(path, options);
}

std::size_t find_column(const Rows& rows, std::string_view column, const std::string& what) {
  return find_name(rows.columns(), column, rows.name(), what);
}

bool has_column(const Rows& rows, std::string_view column) {
  return has_name(rows.columns(), column);
}

std::vector<std::size_t> find_columns(const Rows& rows, const std::vector<std::string>& columns,
                                      const std::string& what) {
  return find_names(rows.columns(), columns, rows.name(), what);
}

}  // namespace cmc::data
