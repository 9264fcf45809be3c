import Bytes
import GRPC
import GRPCServing
import KeyValue

extension EtcdFacts {
  package func get(_ key: FactKey) async throws(FactsError) -> Fact? {
    var request = EtcdRangeRequest()
    request.key = self.bytes(of: key)
    return try await self.range(request).kvs.first.flatMap { self.fact($0) }
  }

  package func list(_ prefix: String, after: FactKey?, limit: Int?) async throws(FactsError)
    -> FactPage
  {
    for _ in 0..<2 {
      do throws(FactsError) {
        return try await self.read(prefix, after, limit)
      } catch {
        // The state that was being read was compacted under us: read a newer one.
        guard error.code == .compacted else { throw error }
      }
    }
    return try await self.read(prefix, after, limit)
  }

  private func read(
    _ prefix: String, _ after: FactKey?, _ limit: Int?
  ) async throws(FactsError) -> FactPage {
    let countMax = min(max(limit ?? FactPage.countMax, 0), FactPage.countMax)
    var page = FactPage([], revision: .zero, hasMore: false)
    var request = EtcdRangeRequest()
    request.rangeEnd = self.end(ofPrefix: prefix)
    request.key = self.first(ofPrefix: prefix)
    if let after {
      let behind = self.bytes(of: after) + [0]
      if request.key.lexicographicallyPrecedes(behind) { request.key = behind }
      if !request.key.lexicographicallyPrecedes(request.rangeEnd) { request.rangeEnd = [] }
    }
    // What one answer holds at most is 256 facts of a megabyte: each request asks for few when
    // the ones before were large.
    var portion = 256
    var byteCount = 0
    repeat {
      // One more than is wanted says whether there are more, and zero would mean all.
      request.limit = Int64(min(portion, countMax - page.facts.count) + 1)
      let answer: EtcdRangeResponse
      do throws(FactsError) {
        answer = try await self.range(request)
      } catch {
        guard error.code == .tooLarge, portion > 1 else { throw error }
        portion /= 4
        continue
      }
      request.revision = answer.header?.revision ?? 0
      if page.revision == .zero {
        page.revision = FactRevision(request.revision)
      } else {
        request.revision = page.revision.number
      }
      page.hasMore = answer.more
      for pair in answer.kvs {
        if page.facts.count >= countMax || byteCount >= FactPage.byteCountMax {
          page.hasMore = true
          return page
        }
        byteCount += pair.key.count - self.prefix.count + pair.value.count
        request.key = pair.key + [0]
        if let fact = self.fact(pair) { page.facts.append(fact) }
      }
      request.revision = page.revision.number
    } while page.hasMore
    return page
  }

  func range(_ request: EtcdRangeRequest) async throws(FactsError) -> EtcdRangeResponse {
    try await self.client.call(.always) { channel, options throws(GRPCStatus) in
      try await EtcdKVClient(channel).range(request, options)
    }
  }

  // MARK: Names

  func bytes(of key: FactKey) -> [UInt8] { self.prefix + Array(key.text.utf8) }

  func first(ofPrefix prefix: String) -> [UInt8] {
    let bytes = self.prefix + Array(prefix.utf8)
    return bytes.isEmpty ? [0] : bytes
  }

  /// The key before which a prefix ends; a zero byte means that it goes to the end of all.
  func end(ofPrefix prefix: String) -> [UInt8] {
    KeyRange.successor(ofPrefix: self.prefix + Array(prefix.utf8)) ?? [0]
  }

  /// Nil for what somebody else has put below our prefix.
  func fact(_ pair: EtcdKeyValue) -> Fact? {
    guard let key = self.key(pair.key) else { return nil }
    return Fact(
      key: key, value: pair.value, createdAt: FactRevision(pair.createRevision),
      modifiedAt: FactRevision(pair.modRevision),
      lease: pair.lease == 0 ? nil : FactLeaseID(pair.lease))
  }

  func key(_ bytes: [UInt8]) -> FactKey? {
    guard bytes.starts(with: self.prefix) else { return nil }
    let name = Array(bytes.dropFirst(self.prefix.count))
    guard !name.isEmpty, name.count <= FactKey.byteCountMax, !name.contains(0),
      let text = name.rawBytes.text
    else { return nil }
    return FactKey(text)
  }
}
