// The encrypted environment. Every file of a store, whatever it is for, is stored as:
//
//   offset  bytes  content
//        0      8  "LAKEKV\x00\x01"
//        8     16  id of the data key
//       24     32  salt, random for each file
//       56     32  check: HMAC-SHA256(data key, "check" | bytes 0..<56)
//       88   4008  zeros, so that the content is aligned for direct I/O
//     4096      …  content, AES-256-CTR; counter block i (big-endian, from 0) covers content bytes
//                  16 i ..< 16 i + 16; file key = HMAC-SHA256(data key, "file" | salt)
//
// Offsets and sizes that the library sees are those of the content. A file that is shorter than its
// header was cut by a crash before anything in it could be synced: it reads as empty.
//
// One file, although long: the format, the cipher and the kinds of file that wear it are one thing.
//
// CTR hides content, it does not authenticate it: the library's own block checksums catch damage.
// A page that is written twice with different content shows their difference to who saw both states
// of the disk; under direct I/O that happens to the zeros behind the end of a log.
#include "internal.hh"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>

using namespace rocksdb;

namespace {

constexpr size_t header_bytes = 4096;
constexpr size_t checked_bytes = 56;
constexpr char magic[8] = {'L', 'A', 'K', 'E', 'K', 'V', 0, 1};

using Key = std::array<uint8_t, 32>;

Key keyed_hash(const uint8_t *key, const char *purpose, const uint8_t *bytes, size_t count) {
  std::string message(purpose);
  message.append(reinterpret_cast<const char *>(bytes), count);
  Key hash{};
  unsigned length = hash.size();
  HMAC(EVP_sha256(), key, 32, reinterpret_cast<const uint8_t *>(message.data()), message.size(),
       hash.data(), &length);
  return hash;
}

struct CipherContext {
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  ~CipherContext() { EVP_CIPHER_CTX_free(context); }
};

/// The key stream of one file, addressed by content offset. Safe from many threads.
class Cipher {
 public:
  explicit Cipher(const Key &key) : key_(key) {}
  ~Cipher() { OPENSSL_cleanse(key_.data(), key_.size()); }

  /// Encrypts or decrypts, which is the same, `count` bytes that stand at `offset`.
  IOStatus apply(uint64_t offset, const char *from, char *to, size_t count) const {
    if (count == 0) return IOStatus::OK();
    static thread_local CipherContext local;
    uint8_t counter[16] = {0};
    uint64_t block = offset / 16;
    for (int i = 0; i < 8; i++) counter[15 - i] = uint8_t(block >> (8 * i));
    EVP_CIPHER_CTX *context = local.context;
    if (context == nullptr ||
        EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), nullptr, key_.data(), counter) != 1) {
      return IOStatus::IOError("AES-256-CTR could not be started");
    }
    int produced = 0;
    uint8_t skipped[16] = {0};
    if (offset % 16 != 0 &&
        EVP_EncryptUpdate(context, skipped, &produced, skipped, int(offset % 16)) != 1) {
      return IOStatus::IOError("AES-256-CTR did not move to its offset");
    }
    while (count > 0) {
      int step = int(std::min<size_t>(count, 1 << 30));
      if (EVP_EncryptUpdate(context, reinterpret_cast<uint8_t *>(to), &produced,
                            reinterpret_cast<const uint8_t *>(from), step) != 1) {
        return IOStatus::IOError("AES-256-CTR stopped");
      }
      from += step;
      to += step;
      count -= size_t(step);
    }
    return IOStatus::OK();
  }

 private:
  Key key_;
};

struct AlignedFree {
  void operator()(char *memory) const { free(memory); }
};
using AlignedBuffer = std::unique_ptr<char, AlignedFree>;
AlignedBuffer aligned(size_t count) {
  return AlignedBuffer(static_cast<char *>(aligned_alloc(4096, (count + 4095) / 4096 * 4096)));
}

IOStatus decrypt_in_place(
    const Cipher &cipher, uint64_t offset, size_t asked, Slice *result, char *scratch) {
  size_t count = std::min(result->size(), asked);
  IOStatus status = cipher.apply(offset, result->data(), scratch, count);
  *result = Slice(scratch, count);
  return status;
}

class SequentialFile final : public FSSequentialFileOwnerWrapper {
 public:
  SequentialFile(std::unique_ptr<FSSequentialFile> target, std::shared_ptr<Cipher> cipher)
      : FSSequentialFileOwnerWrapper(std::move(target)), cipher_(std::move(cipher)) {}

  IOStatus Read(size_t n, const IOOptions &options, Slice *result, char *scratch,
                IODebugContext *debug) override {
    IOStatus status = target()->Read(n, options, result, scratch, debug);
    if (!status.ok()) return status;
    status = decrypt_in_place(*cipher_, offset_, n, result, scratch);
    offset_ += result->size();
    return status;
  }
  IOStatus Skip(uint64_t n) override {
    IOStatus status = target()->Skip(n);
    if (status.ok()) offset_ += n;
    return status;
  }
  IOStatus InvalidateCache(size_t offset, size_t length) override {
    return target()->InvalidateCache(offset + header_bytes, length);
  }
  IOStatus PositionedRead(uint64_t offset, size_t n, const IOOptions &options, Slice *result,
                          char *scratch, IODebugContext *debug) override {
    IOStatus status =
        target()->PositionedRead(offset + header_bytes, n, options, result, scratch, debug);
    if (!status.ok()) return status;
    return decrypt_in_place(*cipher_, offset, n, result, scratch);
  }

 private:
  std::shared_ptr<Cipher> cipher_;
  uint64_t offset_ = 0;
};

class RandomAccessFile final : public FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(std::unique_ptr<FSRandomAccessFile> target, std::shared_ptr<Cipher> cipher)
      : FSRandomAccessFileOwnerWrapper(std::move(target)), cipher_(std::move(cipher)) {}

  IOStatus Read(uint64_t offset, size_t n, const IOOptions &options, Slice *result, char *scratch,
                IODebugContext *debug) const override {
    IOStatus status = target()->Read(offset + header_bytes, n, options, result, scratch, debug);
    if (!status.ok()) return status;
    return decrypt_in_place(*cipher_, offset, n, result, scratch);
  }
  IOStatus MultiRead(FSReadRequest *requests, size_t count, const IOOptions &options,
                     IODebugContext *debug) override {
    for (size_t i = 0; i < count; i++) requests[i].offset += header_bytes;
    IOStatus status = target()->MultiRead(requests, count, options, debug);
    for (size_t i = 0; i < count; i++) {
      FSReadRequest &request = requests[i];
      request.offset -= header_bytes;
      if (!status.ok() || !request.status.ok()) continue;
      request.status = decrypt_in_place(
          *cipher_, request.offset, request.len, &request.result, request.scratch);
    }
    return status;
  }
  IOStatus ReadAsync(FSReadRequest &request, const IOOptions &options,
                     std::function<void(const FSReadRequest &, void *)> done, void *argument,
                     void **handle, IOHandleDeleter *deleter, IODebugContext *debug) override {
    // The base class reads at once and calls back: the wrapped file would call back undecrypted.
    return FSRandomAccessFile::ReadAsync(request, options, done, argument, handle, deleter, debug);
  }
  IOStatus Prefetch(uint64_t offset, size_t n, const IOOptions &options,
                    IODebugContext *debug) override {
    return target()->Prefetch(offset + header_bytes, n, options, debug);
  }
  IOStatus InvalidateCache(size_t offset, size_t length) override {
    return target()->InvalidateCache(offset + header_bytes, length);
  }

 private:
  std::shared_ptr<Cipher> cipher_;
};

class WritableFile final : public FSWritableFileOwnerWrapper {
 public:
  WritableFile(std::unique_ptr<FSWritableFile> target, std::shared_ptr<Cipher> cipher,
               std::shared_ptr<crocks::SpaceLimit> space, std::string path, uint64_t offset)
      : FSWritableFileOwnerWrapper(std::move(target)),
        cipher_(std::move(cipher)),
        space_(std::move(space)),
        path_(std::move(path)),
        offset_(offset) {}

  using FSWritableFileOwnerWrapper::Append;
  using FSWritableFileOwnerWrapper::PositionedAppend;

  IOStatus Append(const Slice &data, const IOOptions &options, IODebugContext *debug) override {
    if (!space_->take(data.size())) return full();
    Slice written = data;
    IOStatus status = encrypt(offset_, &written);
    if (status.ok()) status = target()->Append(written, options, debug);
    if (status.ok()) offset_ += data.size();
    return status;
  }
  IOStatus Append(const Slice &data, const IOOptions &options, const DataVerificationInfo &,
                  IODebugContext *debug) override {
    return Append(data, options, debug);
  }
  IOStatus PositionedAppend(const Slice &data, uint64_t offset, const IOOptions &options,
                            IODebugContext *debug) override {
    if (!space_->take(data.size())) return full();
    Slice written = data;
    IOStatus status = encrypt(offset, &written);
    if (status.ok()) {
      status = target()->PositionedAppend(written, offset + prefix(), options, debug);
    }
    if (status.ok()) offset_ = offset + data.size();
    return status;
  }
  IOStatus PositionedAppend(const Slice &data, uint64_t offset, const IOOptions &options,
                            const DataVerificationInfo &, IODebugContext *debug) override {
    return PositionedAppend(data, offset, options, debug);
  }
  IOStatus Truncate(uint64_t size, const IOOptions &options, IODebugContext *debug) override {
    IOStatus status = target()->Truncate(size + prefix(), options, debug);
    if (status.ok()) offset_ = size;
    return status;
  }
  uint64_t GetFileSize(const IOOptions &options, IODebugContext *debug) override {
    uint64_t size = target()->GetFileSize(options, debug);
    return size > prefix() ? size - prefix() : 0;
  }
  IOStatus InvalidateCache(size_t offset, size_t length) override {
    return target()->InvalidateCache(offset + prefix(), length);
  }
  IOStatus RangeSync(uint64_t offset, uint64_t count, const IOOptions &options,
                     IODebugContext *debug) override {
    return target()->RangeSync(offset + prefix(), count, options, debug);
  }
  void PrepareWrite(size_t offset, size_t count, const IOOptions &options,
                    IODebugContext *debug) override {
    target()->PrepareWrite(offset + prefix(), count, options, debug);
  }
  IOStatus Allocate(uint64_t offset, uint64_t count, const IOOptions &options,
                    IODebugContext *debug) override {
    return target()->Allocate(offset + prefix(), count, options, debug);
  }

 private:
  uint64_t prefix() const { return cipher_ ? header_bytes : 0; }
  IOStatus full() const {
    return IOStatus::NoSpace("While appending to file: " + path_, "No space left on device");
  }
  /// Replaces `data` by its encrypted copy, which stays in `copy_`. Direct I/O needs it aligned.
  IOStatus encrypt(uint64_t offset, Slice *data) {
    if (!cipher_) return IOStatus::OK();
    if (data->size() > capacity_) {
      capacity_ = std::max<size_t>(data->size(), 64 << 10);
      copy_ = aligned(capacity_);
    }
    IOStatus status = cipher_->apply(offset, data->data(), copy_.get(), data->size());
    *data = Slice(copy_.get(), data->size());
    return status;
  }

  std::shared_ptr<Cipher> cipher_;
  std::shared_ptr<crocks::SpaceLimit> space_;
  std::string path_;
  uint64_t offset_;
  AlignedBuffer copy_;
  size_t capacity_ = 0;
};

class RandomRWFile final : public FSRandomRWFileOwnerWrapper {
 public:
  RandomRWFile(std::unique_ptr<FSRandomRWFile> target, std::shared_ptr<Cipher> cipher)
      : FSRandomRWFileOwnerWrapper(std::move(target)), cipher_(std::move(cipher)) {}

  IOStatus Write(uint64_t offset, const Slice &data, const IOOptions &options,
                 IODebugContext *debug) override {
    AlignedBuffer copy = aligned(data.size());
    IOStatus status = cipher_->apply(offset, data.data(), copy.get(), data.size());
    if (!status.ok()) return status;
    return target()->Write(offset + header_bytes, Slice(copy.get(), data.size()), options, debug);
  }
  IOStatus Read(uint64_t offset, size_t n, const IOOptions &options, Slice *result, char *scratch,
                IODebugContext *debug) const override {
    IOStatus status = target()->Read(offset + header_bytes, n, options, result, scratch, debug);
    if (!status.ok()) return status;
    return decrypt_in_place(*cipher_, offset, n, result, scratch);
  }

 private:
  std::shared_ptr<Cipher> cipher_;
};

class LakeFileSystem final : public FileSystemWrapper {
 public:
  LakeFileSystem(std::vector<crocks::DataKey> keys, std::shared_ptr<crocks::SpaceLimit> space)
      : FileSystemWrapper(FileSystem::Default()),
        keys_(std::move(keys)),
        space_(std::move(space)) {}

  const char *Name() const override { return "LakeFileSystem"; }

  IOStatus NewSequentialFile(const std::string &path, const FileOptions &options,
                             std::unique_ptr<FSSequentialFile> *result,
                             IODebugContext *debug) override {
    IOStatus status = target()->NewSequentialFile(path, options, result, debug);
    if (!status.ok() || keys_.empty()) return status;
    std::shared_ptr<Cipher> cipher;
    status = open_header(path, &cipher, debug);
    // Under direct I/O the library reads by position only, and the file cannot skip.
    if (status.ok() && !(*result)->use_direct_io()) status = (*result)->Skip(header_bytes);
    if (status.ok()) result->reset(new SequentialFile(std::move(*result), cipher));
    return status;
  }

  IOStatus NewRandomAccessFile(const std::string &path, const FileOptions &options,
                               std::unique_ptr<FSRandomAccessFile> *result,
                               IODebugContext *debug) override {
    IOStatus status = target()->NewRandomAccessFile(path, options, result, debug);
    if (!status.ok() || keys_.empty()) return status;
    std::shared_ptr<Cipher> cipher;
    status = open_header(path, &cipher, debug);
    if (status.ok()) result->reset(new RandomAccessFile(std::move(*result), cipher));
    return status;
  }

  IOStatus NewWritableFile(const std::string &path, const FileOptions &options,
                           std::unique_ptr<FSWritableFile> *result,
                           IODebugContext *debug) override {
    IOStatus status = target()->NewWritableFile(path, options, result, debug);
    if (!status.ok()) return status;
    return begin(path, result, debug);
  }

  IOStatus ReopenWritableFile(const std::string &path, const FileOptions &options,
                              std::unique_ptr<FSWritableFile> *result,
                              IODebugContext *debug) override {
    if (keys_.empty()) {
      IOStatus status = target()->ReopenWritableFile(path, options, result, debug);
      if (status.ok()) {
        result->reset(new WritableFile(std::move(*result), nullptr, space_, path, 0));
      }
      return status;
    }
    uint64_t size = 0;
    IOStatus status = target()->GetFileSize(path, IOOptions(), &size, debug);
    if (!status.ok() || size < header_bytes) return NewWritableFile(path, options, result, debug);
    std::shared_ptr<Cipher> cipher;
    status = open_header(path, &cipher, debug);
    if (status.ok()) status = target()->ReopenWritableFile(path, options, result, debug);
    if (status.ok()) {
      result->reset(
          new WritableFile(std::move(*result), cipher, space_, path, size - header_bytes));
    }
    return status;
  }

  IOStatus ReuseWritableFile(const std::string &path, const std::string &old,
                             const FileOptions &options, std::unique_ptr<FSWritableFile> *result,
                             IODebugContext *debug) override {
    // Never the old salt with new content.
    IOStatus status = target()->RenameFile(old, path, IOOptions(), debug);
    if (!status.ok()) return status;
    return NewWritableFile(path, options, result, debug);
  }

  IOStatus NewRandomRWFile(const std::string &path, const FileOptions &options,
                           std::unique_ptr<FSRandomRWFile> *result,
                           IODebugContext *debug) override {
    IOStatus status = target()->NewRandomRWFile(path, options, result, debug);
    if (!status.ok() || keys_.empty()) return status;
    std::shared_ptr<Cipher> cipher;
    status = open_header(path, &cipher, debug);
    if (status.ok()) result->reset(new RandomRWFile(std::move(*result), cipher));
    return status;
  }

  IOStatus NewMemoryMappedFileBuffer(
      const std::string &path, std::unique_ptr<MemoryMappedFileBuffer> *result) override {
    if (keys_.empty()) return target()->NewMemoryMappedFileBuffer(path, result);
    return IOStatus::NotSupported("an encrypted file cannot be mapped", path);
  }

  IOStatus GetFileSize(const std::string &path, const IOOptions &options, uint64_t *size,
                       IODebugContext *debug) override {
    IOStatus status = target()->GetFileSize(path, options, size, debug);
    if (status.ok() && !keys_.empty()) *size = content_size(*size);
    return status;
  }

  IOStatus GetChildrenFileAttributes(const std::string &directory, const IOOptions &options,
                                     std::vector<FileAttributes> *result,
                                     IODebugContext *debug) override {
    IOStatus status = target()->GetChildrenFileAttributes(directory, options, result, debug);
    if (!status.ok() || keys_.empty()) return status;
    for (FileAttributes &file : *result) file.size_bytes = content_size(file.size_bytes);
    return status;
  }

  IOStatus Truncate(const std::string &path, size_t size, const IOOptions &options,
                    IODebugContext *debug) override {
    return target()->Truncate(path, keys_.empty() ? size : size + header_bytes, options, debug);
  }

 private:
  static uint64_t content_size(uint64_t size) {
    return size > header_bytes ? size - header_bytes : 0;
  }

  /// Writes the header of a new file and wraps it.
  IOStatus begin(const std::string &path, std::unique_ptr<FSWritableFile> *result,
                 IODebugContext *debug) {
    std::shared_ptr<Cipher> cipher;
    if (!keys_.empty()) {
      AlignedBuffer block = aligned(header_bytes);
      memset(block.get(), 0, header_bytes);
      auto *header = reinterpret_cast<uint8_t *>(block.get());
      const crocks::DataKey &key = keys_.front();
      memcpy(header, magic, sizeof magic);
      memcpy(header + 8, key.id.data(), 16);
      if (RAND_bytes(header + 24, 32) != 1) {
        return IOStatus::IOError("no random salt for the file " + path);
      }
      Key check = keyed_hash(key.key.data(), "check", header, checked_bytes);
      memcpy(header + checked_bytes, check.data(), 32);
      if (!space_->take(header_bytes)) {
        return IOStatus::NoSpace("While creating file: " + path, "No space left on device");
      }
      Slice bytes(block.get(), header_bytes);
      IOStatus status = (*result)->use_direct_io()
                            ? (*result)->PositionedAppend(bytes, 0, IOOptions(), debug)
                            : (*result)->Append(bytes, IOOptions(), debug);
      if (!status.ok()) return status;
      cipher = std::make_shared<Cipher>(keyed_hash(key.key.data(), "file", header + 24, 32));
    }
    result->reset(new WritableFile(std::move(*result), cipher, space_, path, 0));
    return IOStatus::OK();
  }

  /// Reads the header of a file that is there and finds its key.
  IOStatus open_header(
      const std::string &path, std::shared_ptr<Cipher> *cipher, IODebugContext *debug) {
    std::unique_ptr<FSSequentialFile> file;
    IOStatus status = target()->NewSequentialFile(path, FileOptions(), &file, debug);
    if (!status.ok()) return status;
    uint8_t header[88];
    size_t filled = 0;
    while (filled < sizeof header) {
      Slice part;
      char *at = reinterpret_cast<char *>(header) + filled;
      status = file->Read(sizeof header - filled, IOOptions(), &part, at, debug);
      if (!status.ok()) return status;
      if (part.empty()) break;
      if (part.data() != at) memcpy(at, part.data(), part.size());
      filled += part.size();
    }
    uint64_t size = 0;
    status = target()->GetFileSize(path, IOOptions(), &size, debug);
    if (!status.ok()) return status;
    size_t begun = std::min(filled, sizeof magic);
    bool is_blank = std::all_of(header, header + filled, [](uint8_t byte) { return byte == 0; });
    if (size < header_bytes && (is_blank || memcmp(header, magic, begun) == 0)) {
      // Cut before anything was synced: there is no content that a key could be wrong for.
      *cipher = std::make_shared<Cipher>(Key{});
      return IOStatus::OK();
    }
    if (filled < sizeof header || memcmp(header, magic, sizeof magic) != 0) {
      return IOStatus::Corruption(path, "the file is not encrypted, the store is");
    }
    std::string key_name = Slice(reinterpret_cast<char *>(header) + 8, 16).ToString(true);
    const crocks::DataKey *known = nullptr;
    for (const crocks::DataKey &key : keys_) {
      if (memcmp(key.id.data(), header + 8, 16) == 0) known = &key;
    }
    if (known == nullptr) {
      return IOStatus::Corruption(
          path, "encrypted with key " + key_name + ", which was not given");
    }
    Key check = keyed_hash(known->key.data(), "check", header, checked_bytes);
    if (CRYPTO_memcmp(check.data(), header + checked_bytes, 32) != 0) {
      return IOStatus::Corruption(
          path, "the header does not verify under key " + key_name +
                    ": the key is wrong or the file is damaged");
    }
    *cipher = std::make_shared<Cipher>(keyed_hash(known->key.data(), "file", header + 24, 32));
    return IOStatus::OK();
  }

  std::vector<crocks::DataKey> keys_;
  std::shared_ptr<crocks::SpaceLimit> space_;
};

}  // namespace

namespace crocks {

DataKey::~DataKey() { OPENSSL_cleanse(key.data(), key.size()); }

bool SpaceLimit::take(uint64_t count) {
  if (bytes.load(std::memory_order_relaxed) < 0) return true;
  int64_t left = bytes.load(std::memory_order_relaxed);
  do {
    if (left < 0) return true;
    if (uint64_t(left) < count) return false;
  } while (!bytes.compare_exchange_weak(left, left - int64_t(count)));
  return true;
}

std::vector<DataKey> copy_keys(const crocks_key *keys, uint64_t count) {
  std::vector<DataKey> copies(count);
  for (uint64_t i = 0; i < count; i++) {
    memcpy(copies[i].id.data(), keys[i].id, 16);
    memcpy(copies[i].key.data(), keys[i].key, 32);
  }
  return copies;
}

std::shared_ptr<FileSystem> make_file_system(
    std::vector<DataKey> keys, std::shared_ptr<SpaceLimit> space) {
  return std::make_shared<LakeFileSystem>(std::move(keys), std::move(space));
}

bool is_encrypted(const std::string &path) {
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  char start[sizeof magic];
  bool found = read(descriptor, start, sizeof start) == ssize_t(sizeof start) &&
               memcmp(start, magic, sizeof magic) == 0;
  close(descriptor);
  return found;
}

}  // namespace crocks
