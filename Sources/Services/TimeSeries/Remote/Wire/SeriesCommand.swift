/// The commands of a data node. Bodies are in `Messages.swift`; a body that must change gets another form,
/// and one that old nodes cannot read another command.
enum SeriesCommand: UInt32, Sendable, CaseIterable {
  case deliver = 400
  case view = 401
  case series = 402
  case scan = 403
  case ordered = 404
  case partial = 405
  case schema = 406
  case size = 407
  case drop = 408
  case inspect = 409
  case snapshot = 410
  case link = 411
  case readLink = 412
  case unlink = 413
  case stage = 414
  case checksum = 415
  case show = 416
  case settle = 417
  case upkeep = 418
  case promise = 419
  case archive = 420
}
