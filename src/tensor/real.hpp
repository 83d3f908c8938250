// The number that everything is computed with.
#pragma once

namespace cnnctl {

#ifdef CNNCTL_DOUBLE
using real = double;  // the `exact` test preset: lets gradient checks ask for 1e-6
#else
using real = float;
#endif

}  // namespace cnnctl
