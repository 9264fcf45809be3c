private import CCurl
private import CSystem
private import HTTP
private import Runtime
private import Values

extension Transfer {
  /// Sets up a curl handle; a code of curl's.
  func prepare(_ handle: UnsafeMutableRawPointer) -> Int32 {
    let now = csystem_monotonic_ns()
    guard self.deadline > now else { return CCURL_TIMED_OUT }
    self.lines = self.fieldLines()
    var given = ccurl_request()
    given.user = Unmanaged.passUnretained(self).toOpaque()
    given.content_length = self.curlLength
    given.connect_timeout_ms = self.options.connectTimeout.milliseconds
    given.total_timeout_ms = Int64((self.deadline - now) / 1_000_000) + 1
    given.low_speed_bytes = Int64(self.options.lowSpeedBytes)
    given.low_speed_seconds = Swift.max(1, self.options.lowSpeedTime.milliseconds / 1000)
    given.redirects_max = self.followsRedirects ? Int64(self.options.redirectsMax) : 0
    given.is_head = self.request.method == .head ? 1 : 0
    given.verifies_peer = self.options.tls.verifiesPeer ? 1 : 0
    // With content, `rewind` keeps curl from repeating it.
    given.connects_anew =
      !self.request.isIdempotent && self.request.content.length == 0 ? 1 : 0
    given.allows_http2 = self.options.allowsHTTP2 ? 1 : 0
    let texts: [String?] = [
      self.request.url, "\(self.request.method.text)", self.request.unixSocket,
      self.options.tls.authoritiesPath, self.options.tls.certificatePath, self.options.tls.keyPath,
      self.options.usesEnvironmentProxy ? nil : "",
    ]
    return withCStrings(texts) { pointers in
      given.url = pointers[0]
      given.method = pointers[1]
      given.unix_socket = pointers[2]
      given.authorities_path = pointers[3]
      given.certificate_path = pointers[4]
      given.key_path = pointers[5]
      given.proxy = pointers[6]
      return ccurl_prepare(handle, &given, self.lines)
    }
  }

  private var curlLength: Int64 {
    switch self.request.content {
    case .none:
      switch self.request.method {
      case .post, .put, .patch: 0
      case .get, .head, .delete, .options, .trace, .connect: Int64(CCURL_NO_CONTENT)
      }
    case .bytes(let bytes): Int64(bytes.count)
    case .stream(let length, _): length ?? Int64(CCURL_UNKNOWN_LENGTH)
    }
  }

  private func fieldLines() -> UnsafeMutableRawPointer? {
    var list: UnsafeMutableRawPointer?
    func append(_ line: String) {
      guard let longer = ccurl_fields_append(list, line) else {
        preconditionFailure("FATAL: out of memory for a field")
      }
      list = longer
    }
    // curl adds fields of its own: those that are not wanted are taken away by an empty value.
    append(self.request.expectsContinue ? "Expect: 100-continue" : "Expect:")
    if self.request.fields.value(of: "user-agent") == nil {
      append("User-Agent: \(self.options.userAgent)")
    }
    for field in self.request.fields {
      // An empty value would take the field away: a semicolon keeps it.
      append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
    }
    return list
  }

  /// What a code of curl's means to the caller.
  func error(of code: Int32) -> HTTPClientError {
    let text = String(cString: ccurl_error_text(code))
    let what = "\(self.request.method.text) \(self.shownURL)"
    let (hasBegun, hasHead) = self.state.withLock { ($0.hasUploadBegun, $0.hasHead) }
    switch code {
    case CCURL_BAD_URL, CCURL_BAD_SCHEME:
      return HTTPClientError(.badURL, "\(what): the URL is not well formed")
    case CCURL_NO_NAME, CCURL_NO_PROXY_NAME:
      return HTTPClientError(.nameUnknown, "\(what): the host's name has no address")
    case CCURL_NO_CONNECTION:
      return HTTPClientError(.cannotConnect, "\(what): nobody accepts connections there")
    case CCURL_TIMED_OUT:
      return HTTPClientError(
        .timedOut, "\(what): no answer in time", mayHaveArrived: true)
    case CCURL_TLS_CONNECT, CCURL_PEER_VERIFICATION, CCURL_CERTIFICATE, CCURL_AUTHORITIES_FILE:
      return HTTPClientError(
        .tls, "\(what): \(text)", hint: "check the authorities and the host's certificate")
    case CCURL_TOO_MANY_REDIRECTS:
      return HTTPClientError(
        .tooManyRedirects, "\(what): more than \(self.options.redirectsMax) redirects",
        mayHaveArrived: true)
    case CCURL_GOT_NOTHING, CCURL_SEND_ERROR, CCURL_RECEIVE_ERROR, CCURL_PARTIAL,
      CCURL_CANNOT_REWIND:
      return HTTPClientError(
        .disconnected,
        "\(what): the connection ended \(hasHead ? "within" : "before") the answer",
        mayHaveArrived: true)
    case CCURL_WEIRD_REPLY:
      return HTTPClientError(.badAnswer, "\(what): the answer is no HTTP", mayHaveArrived: true)
    default:
      return HTTPClientError(.other, "\(what): \(text)", mayHaveArrived: hasBegun || hasHead)
    }
  }

  /// Without query and user information, which may hold secrets.
  private var shownURL: String {
    let bare = self.request.url.prefix { $0 != "?" && $0 != "#" }
    guard let at = bare.lastIndex(of: "@"), let scheme = bare.range(of: "://") else {
      return String(bare)
    }
    return scheme.upperBound <= at
      ? String(bare[..<scheme.upperBound]) + bare[bare.index(after: at)...] : String(bare)
  }
}

extension Duration {
  /// Whole milliseconds, at least one.
  fileprivate var milliseconds: Int64 { Swift.max(1, self.nanosecondsClamped / 1_000_000) }
}

extension StringProtocol {
  fileprivate func range(of text: String) -> Range<Index>? {
    var at = self.startIndex
    while at < self.endIndex {
      if self[at...].hasPrefix(text) { return at..<self.index(at, offsetBy: text.count) }
      at = self.index(after: at)
    }
    return nil
  }
}

/// Lends texts as C strings; nil stays nil.
private func withCStrings<R>(
  _ texts: [String?], _ body: ([UnsafePointer<CChar>?]) -> R
) -> R {
  var copies: [UnsafeMutablePointer<CChar>?] = []
  for text in texts {
    guard let text else {
      copies.append(nil)
      continue
    }
    let bytes = Array(text.utf8CString)
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    copy.initialize(from: bytes, count: bytes.count)
    copies.append(copy)
  }
  defer { for copy in copies { copy?.deallocate() } }
  return body(copies.map { $0.map { UnsafePointer($0) } })
}
