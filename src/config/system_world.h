// The ConfigWorld of a running command: its files, its resolver, its shell.
#pragma once

#include <functional>
#include <string_view>

#include "config/load.h"
#include "sys/files.h"
#include "sys/process.h"
#include "sys/resolver.h"

namespace tanist::config {

// A name service or a script that hangs costs a command this much and no more.
inline constexpr std::chrono::seconds kResolveWithin{10};
inline constexpr std::chrono::seconds kInitScriptWithin{60};

// `errors` gets what init_conf_load_script prints to stderr. All that is handed in must outlive the result.
ConfigWorld system_world(sys::Files& files, sys::Processes& processes, sys::Resolver& resolver,
                         const sys::Clock& clock, std::string login_name,
                         std::function<void(std::string_view)> errors);

}  // namespace tanist::config
