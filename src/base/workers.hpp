// The threads of the program. Knows tasks; knows nothing of what they compute. oneTBB is behind crew.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace cnnctl {

/// A borrowed callable: two pointers, no allocation. It must not outlive what it refers to.
template <class Signature>
class FunctionRef;
template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>)
      FunctionRef(F&& f)  // NOLINT: implicit by design, like a reference
      : object_(const_cast<void*>(static_cast<const void*>(&f))), call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}
  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

/// A fixed set of worker threads (the caller is one of them).
///
/// The rule that makes results independent of the number of threads: the caller cuts the work into tasks by shape
/// alone, a task writes only what is its own, and sums over tasks are formed afterwards in task order.
/// Denormal floats are flushed to zero on every worker.
class Workers {
 public:
  /// `threads` is the second implementation, without oneTBB: for ThreadSanitizer, and to prove determinism twice.
  enum class Backend { tbb, threads };

  explicit Workers(int count, Backend backend = Backend::tbb);
  /// One worker by itself, for a task that calls what wants workers: run() stays on the calling thread and its tasks
  /// see `worker` as theirs. Costs nothing to make.
  static Workers alone(int worker) { return Workers(Alone{worker}); }
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int count() const { return count_; }

  /// Calls body(task, worker) once for each task in [0, tasks) and returns when all are done.
  /// `worker` is in [0, count()); two calls that run at the same time have different workers, so it may index scratch
  /// memory, and nothing else. A single task runs on the calling thread. The first exception is rethrown here.
  void run(std::int64_t tasks, FunctionRef<void(std::int64_t task, int worker)> body) const;

 private:
  struct Alone {
    int worker;
  };
  explicit Workers(Alone alone);

  struct Pool;
  int count_;
  int self_ = 0;  // the worker that the calling thread is
  std::unique_ptr<Pool> pool_;
};

/// "oneTBB 2021.8": the library that serves Backend::tbb, as it is loaded.
std::string threading_library();

/// How many pieces of at most `size` cover `total`.
constexpr std::int64_t pieces(std::int64_t total, std::int64_t size) { return (total + size - 1) / size; }

}  // namespace cnnctl
