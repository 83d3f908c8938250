// What a configurable thing includes to describe its fields: Fields, and the codecs of the types that a field may have.
#pragma once

#include "config/codecs.hpp"
#include "config/field.hpp"
