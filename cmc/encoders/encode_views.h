#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <span>
#include <vector>

#include "cmc/encoders/encoder.h"
#include "cmc/team.h"

namespace cmc::encoders {

/// As encode_present() of each encoder and its view: `views` are [N, C, H, W] each, `present` bool
/// [N, views] or undefined, where all have all.
///
/// With a team, each member takes some of the rows through all layers, forward and backward, on its
/// own thread; batch norms are where they meet, and gradients are added in the members' order, so
/// that the same rows and members give the same bits. Without one (nullptr), on another device than
/// the CPU, of few rows and of networks that aren't made of rows (Backbone::rows_apart), the
/// calling thread does it all.
std::vector<Encoding> encode_views(Team* team, std::span<Encoder> encoders,
                                   const std::vector<at::Tensor>& views, const at::Tensor& present);

/// A team of as many members as libtorch has threads; nullptr with one thread, inside a parallel
/// region, and on another device than the CPU.
std::unique_ptr<Team> encoding_team(at::Device device);

}  // namespace cmc::encoders
