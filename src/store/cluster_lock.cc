#include "store/cluster_lock.h"

#include "sys/lock_file.h"

namespace tanist::store {

namespace {

class FileClusterLock : public ClusterLock {
 public:
  explicit FileClusterLock(sys::LockFile file) : file_(std::move(file)) {}
  Status still_held() override { return file_.still_ours(); }

 private:
  sys::LockFile file_;
};

}  // namespace

Result<std::unique_ptr<ClusterLock>> lock_cluster(const std::string& workdir, const std::string& app) {
  auto file = sys::LockFile::acquire(workdir + "/" + app + ".manager.lock");
  if (!file) return fail(file.error().during("lock cluster " + app));
  return std::unique_ptr<ClusterLock>(std::make_unique<FileClusterLock>(std::move(*file)));
}

}  // namespace tanist::store
