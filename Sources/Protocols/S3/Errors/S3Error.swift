public import Bytes
private import XML

/// Why a request is refused, as its error document says it.
public struct S3Error: Error, Sendable, CustomStringConvertible {
  public var code: S3ErrorCode
  public var message: String
  /// Further elements of the document, in order.
  public var details: [Detail]
  /// Further fields of the answer.
  public var fields: [Detail]

  public struct Detail: Hashable, Sendable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(
    _ code: S3ErrorCode, _ message: String, details: [Detail] = [], fields: [Detail] = []
  ) {
    self.code = code
    self.message = message
    self.details = details
    self.fields = fields
  }

  public var description: String { "\(self.code): \(self.message)" }

  /// A wrong argument, named with its value.
  public static func invalidArgument(
    _ name: String, _ value: String, _ message: String
  ) -> S3Error {
    S3Error(
      .invalidArgument, message,
      details: [
        Detail("ArgumentName", name), Detail("ArgumentValue", String(value.prefix(1024))),
      ])
  }

  public static func malformedXML(_ message: String) -> S3Error { S3Error(.malformedXML, message) }

  /// What S3 has and we do not, by its name.
  public static func notImplemented(_ what: String) -> S3Error {
    S3Error(
      .notImplemented, "\(what) is not supported", details: [Detail("Header", what)])
  }

  /// Appends the document.
  public func append(
    resource: String, requestID: String, hostID: String, to target: inout ByteWriter
  ) {
    target.appendXML { xml in
      xml.element("Error") { xml in
        xml.element("Code", self.code.text)
        xml.element("Message", self.message)
        for detail in self.details {
          // Names of details are ours: plain words.
          xml.element(
            XMLElement(XMLName(detail.name), text: detail.value))
        }
        xml.element("Resource", resource)
        xml.element("RequestId", requestID)
        xml.element("HostId", hostID)
      }
    }
  }
}
