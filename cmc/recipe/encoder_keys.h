#pragma once

#include "cmc/encoders/encoder_options.h"
#include "cmc/recipe/choices.h"
#include "cmc/recipe/fields.h"

namespace cmc::recipe {

/// The names of networks.
inline const Choices<encoders::Network> networks = {
    {encoders::Network::convnet, "convnet"},   {encoders::Network::resnet18, "resnet18"},
    {encoders::Network::resnet50, "resnet50"}, {encoders::Network::alexnet, "alexnet"},
    {encoders::Network::mlp, "mlp"},           {encoders::Network::waveform, "waveform"},
    {encoders::Network::ngrams, "ngrams"},     {encoders::Network::transformer, "transformer"},
    {encoders::Network::resnet1d, "resnet1d"}};

/// The keys of [encoder], told to a FieldReader, FieldWriter or FieldLister.
template <class Visitor>
void describe(Visitor& v, encoders::EncoderOptions& o);

}  // namespace cmc::recipe
