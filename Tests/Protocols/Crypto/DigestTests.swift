import Bytes
import Crypto
import Testing

struct DigestVector: Sendable {
  let count: Int
  let md5, sha1, sha256, sha512: String
  let crc32: UInt32
}

/// Made with Python's hashlib and zlib over `pattern(count)`.
let digestVectors: [DigestVector] = [
  DigestVector(
    count: 0, md5: "d41d8cd98f00b204e9800998ecf8427e",
    sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    sha512: "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
      + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    crc32: 0x00000000),
  DigestVector(
    count: 1, md5: "93b885adfe0da089cdf634904fd59f71",
    sha1: "5ba93c9db0cff93f52b521d7420e43f6eda2784f",
    sha256: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    sha512: "b8244d028981d693af7b456af8efa4cad63d282e19ff14942c246e50d9351d22"
      + "704a802a71c3580b6370de4ceb293c324a8423342557d4e5c38438f0e36910ee",
    crc32: 0xd202ef8d),
  DigestVector(
    count: 55, md5: "94547360afd92a27850d16e32d14c445",
    sha1: "336243d03df910f7914a14b13dd85f56c140660c",
    sha256: "5d05a4435b96f43e53e5a582bbb0b8d840a71c023e7468d6604d1c9ae6511c4c",
    sha512: "65492da5d76caab3c55ed0ba2a55d963395eeca0a940cd3522094bd58cf6190f"
      + "b9e1896e37ada29380e40f4f755998adfe4b6939895174f317d3f56401d90acc",
    crc32: 0xf437aac2),
  DigestVector(
    count: 56, md5: "d8b26c30e907ae405b581a02e8a976e1",
    sha1: "f5cc93d5593579203ae8f3fc497baabf4fdfb417",
    sha256: "0851bc0b733318bd14db8098dec9a591c02ee1e72295d3ba54560e56342430fb",
    sha512: "5c99c52a2a3aad6e173bf155867bd905a9259af6c4eb535363b37d92cdf07f8e"
      + "20e93d0b42e6c42fa6e9ece607f6eae3da601e13e6a7785256634c5bf6287311",
    crc32: 0xec98affc),
  DigestVector(
    count: 63, md5: "95ed95025fc61e86816e873b2a15614b",
    sha1: "dba1c0f21c62eea4b5d19857487ded0db6095343",
    sha256: "3d825c09f5fe7358fe955248d4bfc207298e5e74c426ccba7c93ac3992d70143",
    sha512: "fb9314a839be1d1f5ffc12a96a33ca7ece375d27f9bff494cf1f9136fd7c9bda"
      + "84247485a70950d7ef8d0f51c1a58982935848f41a150646983b485b9b1a1151",
    crc32: 0x4c6cc41c),
  DigestVector(
    count: 64, md5: "543faeacda37eef7bf1d36b5b1e602c3",
    sha1: "4360095a2eea45a13a83190aeb049821aee57f46",
    sha256: "949f78c7321c5fa8a90f3d236c471950df72d869abc1d36e985cfce9a3ac98b9",
    sha512: "2439d9ca2c5602da350163f4c6e1496c403cb9c21454f16401c11384a03235b1"
      + "4c9644ca34533bbb98d81b1dd780c60a11d60cc465d8444e8fbef220bb3e47f4",
    crc32: 0x9e279317),
  DigestVector(
    count: 65, md5: "30b3b7bb110de0c3f8f5054f841bf029",
    sha1: "c0cfbc1b7f847964bf5e51ded17c7d0e2c0f4555",
    sha256: "7978b7d18ecfdd9652aba9457bdd4f51dca470d6edfdd08055e2c244b5ae00cf",
    sha512: "60098a2da4f154d4875f2286cf589aa67e2b254be729e4f534f28f5cbf605935"
      + "b207104c18b92b844c4d036755ada987a7451dae76b0c642f6e7aed7f7edadcd",
    crc32: 0xca2b8f69),
  DigestVector(
    count: 111, md5: "2bfd8b83213d8012f346b9a666eaa201",
    sha1: "1f6831c29c1294eb06e7f35a053568667d73cb98",
    sha256: "2c5dbd770bece313b363f82a0ece312c41ae1ff185a825b6b432e12c8019f21f",
    sha512: "1287a7f58a24c1f16263b29ed500663dc2e4ff7b243dafb4f1bb79c3ae927657"
      + "62413f301a740e82f0733cdfdea395c51ab80b0e86451b8787203d9317ad2276",
    crc32: 0x7ea7c21e),
  DigestVector(
    count: 112, md5: "504d74725bd223be3543e06a08cc3d00",
    sha1: "a1eaabfa48571103532b3f0df0d539873eb74257",
    sha256: "3938d99f8d703e4326766dc81c4e3eb017342aa86d5d9867bcbd06a5be309a91",
    sha512: "3c3663b219076ff7e470c9e0102298bc7f193414bf599e8e95bc8b61f67fab98"
      + "7fe9d18ab881394ec780a5592ef17de5194f0f62272303f59fe5a0b2e82f54ec",
    crc32: 0xcda6cb21),
  DigestVector(
    count: 127, md5: "c17771ed490867989958ca0bab39738c",
    sha1: "c9ccc632a3916b19f4df832ab2af8128a0461c13",
    sha256: "fe65c2f6bd8f9c9e3dd366f136a8c84ccb4727b9e1e0604ed5d95a5d47099bce",
    sha512: "3e865949875ce202b08b6daa3535397b071e60e423241b7e54bea1650f8cc796"
      + "03f79115c72e00e1aff5a75b1f2a2e009a4963a5ded78b611df88f7912d402b6",
    crc32: 0x29d3c810),
  DigestVector(
    count: 128, md5: "ec498bf48924f6c49584d5d0f61d8479",
    sha1: "fef8ef2712418d37f5464a974a0e769b24494dbe",
    sha256: "ad10550a200b2dd5eef8de5edb1fbb508ecdd446aa02d574f73aa2e2c6188c7e",
    sha512: "af04899591f9325b0f5f81c94c3cfa82308dd2a5189bf32b7773a543b4c223ea"
      + "baaae4ecf55926971cb76d86e06f4219d4e8a5f8846af7505d706bc99988b96d",
    crc32: 0x0c90a280),
  DigestVector(
    count: 129, md5: "000fdd9318fbd67b1fbdeaf21033cbaa",
    sha1: "0a2323962e648e7597d3cfc74a940c6b221cd8de",
    sha256: "ad3e3356d45ec2acb9ba3b02c15a19784eef3627a77768c10cfd43d8ff54e343",
    sha512: "89948bebea2eb86b68a921ca81b915e46ae78d7f0af9f4caa357cc1f9f1a4f59"
      + "3764728e5fefccf9d401d741b5a15141f307346d0ff46141639c27e0bc8d1299",
    crc32: 0xd20e7f2f),
  DigestVector(
    count: 1000, md5: "f15649ec80783628e10609032c335784",
    sha1: "fd10f53883266b36e78b4ae51c7d7e8dfd2a7c92",
    sha256: "5c4fdcae7b64eec36bb55ca89af3bb34373af4f06984831fd6aa3896172b934c",
    sha512: "31a6d798ee2f41d73b4e610220c302da3c88e9cd6bb27b188f9e24a0cb06bc57"
      + "11d43a0dd60cf381f541d9e60b1ea032cc3bfb65bcfd62337c28becc0e66ecb9",
    crc32: 0x2186fc02),
  DigestVector(
    count: 100000, md5: "3ceacbbd8c80054dffaa049f54b71afe",
    sha1: "eb178878057d1f227876357dcfbd90dc49741205",
    sha256: "b8179c84105b4fcfed391c7d3bd2d7caa8a1047f605958ad8b418945faaf1da8",
    sha512: "c9b258e6d0ddf7a576d6194b27b1db0494255336d2832e26149d94ff4570544d"
      + "868f7e91c242ceceae3250813300ea6e84d1cb1c03bd5cad1b3819772f9bde5e",
    crc32: 0x9ca206b4),
]

@Suite("Digests")
struct DigestTests {
  @Test("one call gives what Python's hashlib gives", arguments: digestVectors)
  func oneCall(vector: DigestVector) {
    let bytes = pattern(vector.count)
    #expect(MD5.digest(of: bytes).description == vector.md5)
    #expect(SHA1.digest(of: bytes).description == vector.sha1)
    #expect(SHA256.digest(of: bytes).description == vector.sha256)
    #expect(SHA512.digest(of: bytes).description == vector.sha512)
    #expect(CRC32.checksum(of: bytes[...]) == vector.crc32)
  }

  @Test("pieces of any size give the same", arguments: [1, 3, 64, 1000])
  func pieces(size: Int) {
    let bytes = pattern(5000)
    var sha256 = SHA256()
    var sha512 = SHA512()
    var sha1 = SHA1()
    var md5 = MD5()
    for start in stride(from: 0, to: bytes.count, by: size) {
      let piece = Array(bytes[start..<min(start + size, bytes.count)])
      sha256.update(piece.rawBytes)
      sha512.update(piece.rawBytes)
      sha1.update(piece.rawBytes)
      md5.update(piece.rawBytes)
    }
    #expect(sha256.finish() == SHA256.digest(of: bytes))
    #expect(sha512.finish() == SHA512.digest(of: bytes))
    #expect(sha1.finish() == SHA1.digest(of: bytes))
    #expect(md5.finish() == MD5.digest(of: bytes))
  }

  @Test("a hash begins anew after its end and after a reset")
  func reuse() {
    var hash = SHA256()
    hash.update("abc".bytes.rawBytes)
    #expect(hash.finish() == SHA256.digest(of: "abc".bytes))
    hash.update("never mind".bytes.rawBytes)
    hash.reset()
    hash.update("ab".bytes.rawBytes)
    var fork = hash.copy()
    hash.update("c".bytes.rawBytes)
    #expect(hash.finish() == SHA256.digest(of: "abc".bytes))
    fork.update("d".bytes.rawBytes)
    #expect(fork.finish() == SHA256.digest(of: "abd".bytes))
  }

  @Test("a million letters a hash as FIPS 180 says")
  func million() {
    var hash = SHA256()
    let piece = [UInt8](repeating: 0x61, count: 10_000)
    for _ in 0..<100 { hash.update(piece.rawBytes) }
    #expect(
      hash.finish().description
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("a digest is read from hexadecimal of either case, and from nothing else")
  func hexadecimalForm() {
    let digest = MD5.digest(of: "x".bytes)
    let text = digest.description
    #expect(Digest<16>(hexadecimal: text) == digest)
    #expect(Digest<16>(hexadecimal: text.uppercased()) == digest)
    #expect(Digest<16>(hexadecimal: String(text.dropLast())) == nil)
    #expect(Digest<16>(hexadecimal: text.dropLast() + "g") == nil)
    #expect(Digest<16>([1, 2, 3]) == nil)
  }
}
