#pragma once

#include "cmc/recipe/fields.h"
#include "cmc/views/pictures/augmentation.h"

namespace cmc::recipe {

/// The keys of which part of a picture is seen: crop and flip. For a FieldReader, FieldWriter or
/// FieldLister, as all these.
template <class Visitor>
void describe_window(Visitor& v, views::AugmentationOptions& o);

/// The keys of a blur.
template <class Visitor>
void describe_blur(Visitor& v, views::AugmentationOptions& o);

/// The keys of an augmentation, those of its window among them.
template <class Visitor>
void describe(Visitor& v, views::AugmentationOptions& o);

}  // namespace cmc::recipe
