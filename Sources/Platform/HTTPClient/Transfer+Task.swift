private import Runtime

/// The side of the caller's task: one reads, and one writes.
extension Transfer {
  /// Waits for the head of the final answer; throws when there will be none.
  func waitForHead() async throws(HTTPClientError) {
    while true {
      let (hasHead, isOver, failure) = self.state.withLock {
        ($0.hasHead, $0.isOver, $0.failure)
      }
      if let failure { throw failure }
      if hasHead || isOver { return }
      await self.wait { $0.hasHead || $0.isOver }
    }
  }

  /// All content that has come; waits for some. Nil at the end.
  func takeContent() async throws(HTTPClientError) -> [UInt8]? {
    while true {
      let (bytes, resumes, isOver, failure) = self.state.withLock { state in
        var taken: [UInt8] = []
        swap(&taken, &state.buffer)
        let resumes = !taken.isEmpty && state.isReceivingPaused
        if resumes { state.isReceivingPaused = false }
        return (taken, resumes, state.isOver, state.failure)
      }
      if resumes { self.driver.unpause(self) }
      if !bytes.isEmpty { return bytes }
      if let failure { throw failure }
      if isOver { return nil }
      await self.wait { !$0.buffer.isEmpty || $0.isOver }
    }
  }

  private func wait(until condition: @Sendable (borrowing State) -> Bool) async {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { waiter in
        let isReady = self.state.withLock { state in
          if condition(state) { return true }
          precondition(state.reader == nil, "two tasks read one answer")
          state.reader = waiter
          return false
        }
        if isReady { waiter.resume() }
      }
    } onCancel: {
      self.driver.cancel(self)
    }
  }

  /// Hands over a piece of the content once the one before is on its way. False when the transfer is
  /// over: nobody wants more.
  func offer(_ piece: [UInt8]) async -> Bool {
    guard !piece.isEmpty else { return true }
    await withUnsafeContinuation { waiter in
      let isReady = self.state.withLock { state in
        if state.isOver || state.uploadAt == state.upload.count { return true }
        state.writer = waiter
        return false
      }
      if isReady { waiter.resume() }
    }
    let (isOver, resumes) = self.state.withLock { state in
      state.upload = piece
      state.uploadAt = 0
      let resumes = state.isSendingPaused
      state.isSendingPaused = false
      return (state.isOver, resumes)
    }
    if resumes { self.driver.unpause(self) }
    return !isOver
  }

  /// Says that the content is whole, or that its source has failed.
  func endUpload(hasFailed: Bool) {
    let resumes = self.state.withLock { state in
      state.isUploadWhole = true
      state.hasUploadFailed = hasFailed
      if hasFailed, state.failure == nil {
        state.failure = HTTPClientError(
          .contentFailed, "the content of the request could not be read", mayHaveArrived: true)
      }
      let resumes = state.isSendingPaused
      state.isSendingPaused = false
      return resumes
    }
    if resumes { self.driver.unpause(self) }
  }
}
