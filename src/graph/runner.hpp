// Runs the stages of a program: hands every operation its views, stage by stage and part by part. Knows operations
// whose addresses are decided; allocates nothing while it runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "graph/operations.hpp"
#include "graph/program.hpp"
#include "graph/stages.hpp"

namespace cnnctl {

/// Where the samples of a value or a gradient stand.
struct Room {
  real* base = nullptr;     // null: not wanted
  std::int64_t sample = 0;  // values from one sample to the next
  bool local = false;       // each worker has its own, which holds one part; `base` is worker 0's
};

/// The values of an operation as one pass finds them.
struct Rooms {
  std::vector<Room> inputs;
  Room output;
};

/// Gradients of an operation's parameters that are formed together.
struct GradientPiece {
  std::int64_t first = 0, rows = 0;                 // of the first parameter, where it has several pieces; 0: all
  std::vector<real*> parameters = {};               // by parameter; null: not wanted, or not in this piece
  Gradients gradients = {};                         // to be handed over when they are final; empty: not
  std::vector<std::pair<real*, real*>> zeros = {};  // in them: behind each parameter's, and where one is not trained
};

/// An operation with every address decided.
struct BoundOperation {
  Rooms forward, backward;
  std::vector<Room> input_gradients = {};
  std::vector<Shape> input_shapes = {};
  std::vector<bool> accumulate = {};  // by input: its gradient is added to
  Room output_gradient;
  Shape output_shape;
  std::vector<real*> parameters = {};
  std::vector<GradientPiece> pieces = {};  // at least one
  std::byte *saved, *prepared, *prepared_backward, *sums, *prepare_scratch, *scratch, *scratch_backward,
      *parameter_scratch, *worker_scratch;
  std::size_t worker_scratch_bytes;
};

/// One batch in work.
struct Batch {
  std::int64_t n = 0;
  std::uint64_t seed = 0, step = 0;
};

class Runner {
 public:
  /// What is passed must outlive the runner. `local_bytes`: from one worker's local rooms to the next worker's.
  Runner(const Workers& workers, std::int64_t part, const Operations& operations, const Stages& stages,
         std::size_t local_bytes);

  /// Binds the next operation, in order.
  void bind(BoundOperation operation);

  /// Prepares the operations that are prepared once for many runs.
  void prepare_once();

  void forward(const Batch& batch);
  using Receiver = FunctionRef<void(const Gradients& gradients)>;
  /// After `forward`, with the gradient of the result filled in. `receive` gets GradientPiece::gradients.
  void backward(Receiver receive);

  void measure();
  std::span<const OperationTime> times() const { return times_; }

 private:
  struct Bound {
    const Operation* operation;
    BoundOperation at;
    // One for each worker: the views of the call that it is making.
    std::vector<std::vector<ConstView>> inputs;
    std::vector<std::vector<Gradient>> gradients;
    std::vector<double> busy;  // seconds
  };
  /// Samples [first, first + n), computed by `team`; `worker` chooses the local rooms.
  struct Range {
    std::int64_t first, n;
    int worker;
    const Workers& team;
  };
  /// To which sum of parameters' gradients a part belongs; whether it is the first one there.
  struct Sum {
    std::int64_t index = 0;
    bool first = true;
  };

  void run(const Stage& stage, Direction direction);
  void run_chain(const Stage& stage, Direction direction);
  void run_part(const Stage& stage, Direction direction, const Range& range, const Sum& sum);
  void run_task(const Task& task, Direction direction, const Range& range, const Sum& sum);
  void settle(const Stage& stage, Direction direction);
  void finish_parameters(std::size_t operation);
  void hand_over(const Stage& stage, Receiver receive);
  void form_rows(std::size_t operation, const GradientPiece& piece);
  std::int64_t sums_of(std::size_t operation) const;
  void prepare(const Bound& bound, Direction direction) const;
  void share_time(const Stage& stage, Direction direction, double seconds);

  real* address(const Room& room, const Range& range) const;
  Run run_of(Bound& bound, const Rooms& rooms, std::byte* prepared, std::byte* scratch, const Range& range) const;
  std::int64_t parts() const { return pieces(batch_.n, part_); }
  Forward forward_of(Bound& bound, const Rooms& rooms, const Range& range) const;
  Backward backward_of(Bound& bound, std::byte* scratch, const Range& range) const;
  Range all() const { return {0, batch_.n, 0, workers_}; }

  const Workers& workers_;
  std::int64_t part_;
  const Operations& operations_;
  const Stages& stages_;
  std::size_t local_bytes_;
  std::vector<Bound> bound_;
  Batch batch_;
  bool measuring_ = false;
  std::vector<OperationTime> times_;
};

}  // namespace cnnctl
