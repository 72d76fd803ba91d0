// In sanitizer builds only: where a program leaves its report. Much of what we run has no one who reads its
// standard error (a stand-in behind ssh, a manager in a lab), so the report goes into a file beside the work
// directories, and tests/integration looks there after every scenario. ASAN_OPTIONS in the environment has
// the last word.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "log_path=/var/tmp/tanist-sanitizer:exitcode=99"; }

extern "C" const char* __ubsan_default_options();
extern "C" const char* __ubsan_default_options() {
  return "log_path=/var/tmp/tanist-sanitizer:exitcode=99:print_stacktrace=1";
}
