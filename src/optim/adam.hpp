// What adam and adamw share: everything but how weight decay enters.
#pragma once

#include "optim/moments.hpp"

namespace cnnctl {

/// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, as torch.optim.Adam.
class AdamBase : public MomentsOptimizer {
 public:
  void fields(Fields& f) override;
  std::vector<std::string_view> states() const override;
  void step(const Step& s) const override;

 protected:
  using MomentsOptimizer::MomentsOptimizer;

 private:
  bool amsgrad_ = false;
};

}  // namespace cnnctl
