// Small text helpers that the standard library of this compiler lacks. ASCII only, no locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tanist {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string lower(std::string_view text);
bool iequals(std::string_view a, std::string_view b);

// The whole text as an unsigned decimal number; nothing else around it, no overflow.
std::optional<uint64_t> parse_uint(std::string_view text);

// Edit distance, for "did you mean"; and the nearest of the known names, if one is near enough to be meant.
size_t edit_distance(std::string_view a, std::string_view b);
std::optional<std::string_view> nearest(std::string_view word, const std::vector<std::string_view>& known);

// One shell word: single-quoted where it needs to be.
std::string shell_quote(std::string_view word);

}  // namespace tanist
