// What the preset tidy includes before all else: libstdc++'s std::vector without the constexpr of
// C++20. clang instantiates a member that is constexpr where it is first named, and libtorch 1.13's
// List.h names those of std::vector<IValue> before IValue is complete. GCC waits until they are
// called.
#include <memory>
#include <string>
// What stands before was read with constexpr, among it the declaration of __fill_a1 for bits, which
// <vector> defines.
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR
#define __fill_a1 __fill_a1_of_bits
#include <vector>
#undef __fill_a1
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR constexpr
