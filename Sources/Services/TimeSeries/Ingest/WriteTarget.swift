import SeriesSchema
import SeriesStorage
package import SeriesWire

/// What a message is written to: found once, and again when the schema or the stream's spec changed.
struct WriteTarget {
  let mapping: TableMapping
  let spec: WriteSpec
}

/// The status that a message is refused with.
package struct WriteRefusal: Error {
  package var status: ModelWire.Status

  package init(_ status: ModelWire.Status) { self.status = status }
}
