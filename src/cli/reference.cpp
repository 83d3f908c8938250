// cnnctl layers, losses, metrics, optimizers, schedules, datasets, transforms: the reference, from the code's own
// declarations.
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "config/doc.hpp"
#include "data/dataset.hpp"
#include "data/transform.hpp"
#include "layers/layer.hpp"
#include "losses/loss.hpp"
#include "metrics/metric.hpp"
#include "optim/optimizer.hpp"

namespace cnnctl::cli {
namespace {

struct CatalogCommand {
  const char* name;
  const char* help;
  std::vector<EntryDoc> (*document)();
};

constexpr CatalogCommand kCatalogs[] = {
    {"layers", "List the layers, or explain one", [] { return document(layers()); }},
    {"losses", "List the losses, or explain one", [] { return document(losses()); }},
    {"metrics", "List the metrics, or explain one", [] { return document(metrics()); }},
    {"optimizers", "List the optimizers, or explain one", [] { return document(optimizers()); }},
    {"schedules", "List the learning-rate schedules, or explain one", [] { return document(schedules()); }},
    {"datasets", "List the dataset formats, or explain one", [] { return document(datasets()); }},
    {"transforms", "List the augmentations, or explain one", [] { return document(transforms()); }},
};

}  // namespace

void setup(CommandLine& line, ReferenceOptions& options) {
  for (const CatalogCommand& catalog : kCatalogs) {
    const auto chosen = [&options, &catalog] {
      options.catalog = catalog.name;
      return run(options);
    };
    Command command = line.command(catalog.name, catalog.help, chosen);
    command.text({"name", "NAME", "the entry to explain; default: list all"}, options.entry);
  }
}

int run(const ReferenceOptions& options) {
  for (const CatalogCommand& catalog : kCatalogs) {
    if (catalog.name != options.catalog) continue;
    const std::vector<EntryDoc> entries = catalog.document();
    print(options.entry.empty() ? list_text(entries) : entry_text(find_entry(entries, options.entry)));
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
