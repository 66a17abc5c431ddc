#pragma once

#include "cmc/recipe/choices.h"
#include "cmc/recipe/contrast_recipe.h"
#include "cmc/recipe/fields.h"

namespace cmc::recipe {

/// The names of losses and of graphs of views.
inline const Choices<LossKind> losses = {{LossKind::k_pair, "k_pair"},
                                         {LossKind::nt_xent, "nt_xent"},
                                         {LossKind::logistic, "logistic"},
                                         {LossKind::nce, "nce"},
                                         {LossKind::triplet, "triplet"},
                                         {LossKind::sigmoid, "sigmoid"},
                                         {LossKind::decoupled, "decoupled"},
                                         {LossKind::multi_positive, "multi_positive"},
                                         {LossKind::multilinear, "multilinear"},
                                         {LossKind::vicreg, "vicreg"},
                                         {LossKind::barlow_twins, "barlow_twins"}};
inline const Choices<GraphKind> graphs = {
    {GraphKind::full, "full"}, {GraphKind::core, "core"}, {GraphKind::list, "list"}};

/// The keys of [contrast], told to a FieldReader, FieldWriter or FieldLister.
template <class Visitor>
void describe(Visitor& v, ContrastRecipe& o);

}  // namespace cmc::recipe
