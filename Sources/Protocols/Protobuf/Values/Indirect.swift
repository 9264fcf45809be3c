/// A sub-message kept behind a reference: for messages that contain themselves, and for large ones,
/// so that the struct around it stays small. Copies share it until one is changed.
@propertyWrapper public struct Indirect<Value: Equatable & Sendable>: Equatable, Sendable {
  private enum Storage: Sendable {
    case absent
    indirect case present(Value)
  }

  private var storage: Storage

  public init(wrappedValue: Value?) {
    self.storage = wrappedValue.map(Storage.present) ?? .absent
  }

  public var wrappedValue: Value? {
    get {
      switch self.storage {
      case .absent: nil
      case .present(let value): value
      }
    }
    set { self.storage = newValue.map(Storage.present) ?? .absent }
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.wrappedValue == right.wrappedValue
  }
}
