// Memory straight from the system, in pages. Knows huge pages; knows nothing of what they hold.
#pragma once

#include <cstddef>

namespace cnnctl {

/// From this many bytes on huge pages are asked for, which save address translation.
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Zeroed, on the border of a page; null if the system refuses. `bytes` is above 0.
void* map_pages(std::size_t bytes);
/// Gives back what map_pages(bytes) gave.
void unmap_pages(void* pages, std::size_t bytes) noexcept;
/// Has the system hand over the pages of this range now, rather than at their first touch, if it knows how to.
void populate_pages(void* begin, std::size_t bytes);

}  // namespace cnnctl
