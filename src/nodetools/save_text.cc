#include "nodetools/save_text.h"

#include <fstream>

#include "nodetools/filter_mysqlbinlog.h"
#include "nodetools/log_output.h"
#include "sys/new_file.h"
#include "sys/temporary_directory.h"

namespace tanist::nodetools {

namespace {

// A stream into a NewFile; the first failure stays and the stream goes bad.
class FileBuffer : public std::streambuf {
 public:
  explicit FileBuffer(sys::NewFile& file) : file_(file) { setp(block_, block_ + sizeof block_); }
  const Status& status() const { return status_; }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
    return traits_type::not_eof(c);
  }
  int sync() override {
    if (status_)
      status_ = file_.write(as_bytes(std::string_view(pbase(), static_cast<size_t>(pptr() - pbase()))));
    setp(block_, block_ + sizeof block_);
    return status_ ? 0 : -1;
  }

 private:
  sys::NewFile& file_;
  Status status_;
  char block_[1 << 16];
};

Status append(const std::string& text_file, bool filter, std::ostream& out) {
  std::ifstream in(text_file, std::ios::binary);
  if (filter) return filter_sql_text(in, out, FilterStart::rollback_only);
  if (in.peek() != std::ifstream::traits_type::eof()) out << in.rdbuf();
  return {};
}

}  // namespace

sys::Task<Result<uint64_t>> save_as_text(NodeWorld& world, const LogExtract& extract, TextSave how) {
  auto program = co_await find_mysqlbinlog(world, how.clients);
  if (!program) co_return fail(program.error());
  auto file = sys::NewFile::create(how.output);
  if (!file) co_return fail(file.error());
  // Beside the result: there is room for it there, or there is none for the result.
  auto work = sys::TemporaryDirectory::make(directory_of(how.output), ".save_binary_logs");
  if (!work) co_return fail(work.error());
  FileBuffer buffer(*file);
  std::ostream out(&buffer);
  for (size_t i = 0; i < extract.parts.size(); ++i) {
    const TakenPart& part = extract.parts[i];
    std::string text = work->file(std::to_string(i));
    LogPiece piece{part.log->path(), part.from, part.to};
    Status made = co_await write_sql_text(world, *program, how.sql, piece, text);
    if (!made) co_return fail(made.error());
    out << "# Events of " << part.log->path() << " from position " << part.from << "\n";
    Status appended = append(text, how.filter, out);
    if (!appended) co_return fail(appended.error().during("the text of " + part.log->path()));
    world.files.remove(text);
  }
  out.flush();
  if (!buffer.status()) co_return fail(buffer.status().error());
  Status finished = file->finish();
  if (!finished) co_return fail(finished.error());
  co_return file->size();
}

}  // namespace tanist::nodetools
