# Run by cmc_embed_text: writes INPUT's bytes to OUTPUT as C++ string literals. They pass through hexadecimal
# digits, since CMake's own strings give semicolons and brackets a meaning.
file(READ ${INPUT} hex HEX)
file(SHA256 ${INPUT} sha256)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
string(REGEX REPLACE "((\\\\x..)(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?(\\\\x..)?)"
  "\"\\1\"\n" lines "${bytes}")
file(WRITE ${OUTPUT} "#include <string_view>\n
namespace ${NAMESPACE} {
using namespace std::string_view_literals;
extern const std::string_view ${IDENTIFIER}, ${IDENTIFIER}_sha256;
const std::string_view ${IDENTIFIER} =
${lines}\"\"sv;
const std::string_view ${IDENTIFIER}_sha256 = \"${sha256}\";
}\n")
