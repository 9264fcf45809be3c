internal import CCurl

/// What every transfer's callbacks are: they find their transfer by the pointer that curl carries. It is
/// good as long as the driver's table holds the transfer, which is until curl has let go of the handle.
private nonisolated(unsafe) let callbacks: UnsafePointer<ccurl_callbacks> = {
  // Written here, before curl starts; never changed.
  let memory = UnsafeMutablePointer<ccurl_callbacks>.allocate(capacity: 1)
  memory.initialize(
    to: ccurl_callbacks(
      on_head_line: { user, bytes, count in
        transfer(user).headLine(UnsafeRawBufferPointer(start: bytes, count: count))
      },
      on_content: { user, bytes, count in
        transfer(user).content(UnsafeRawBufferPointer(start: bytes, count: count))
      },
      fill_content: { user, target, room in
        transfer(user).fill(UnsafeMutableRawBufferPointer(start: target, count: room))
      },
      rewind_content: { user in transfer(user).rewind() ? 0 : -1 }))
  return UnsafePointer(memory)
}()

/// 0 when libcurl has started; done once in a process.
let curlStarted = ccurl_start(callbacks)

private func transfer(_ user: UnsafeMutableRawPointer?) -> Transfer {
  Unmanaged<Transfer>.fromOpaque(user.unsafelyUnwrapped).takeUnretainedValue()
}
