/// Something that can be done to a row: a command of the table. It is offered when the table has
/// it, so an action can never be more than what the command line can do.
package struct ActionDefinition: Sendable {
  package var title: String
  /// The words after `lakectl`, as a template: `job cancel {job_id}`. One that ends with `…` is a beginning:
  /// it is put into the line of commands, and whoever chose it types the rest.
  package var line: String
  /// Offered only where this key has one of the words; without a key, always.
  package var stateKey: String?
  package var states: [String]

  package init(
    _ title: String, line: String, when stateKey: String? = nil, isOneOf states: [String] = []
  ) {
    self.title = title
    self.line = line
    self.stateKey = stateKey
    self.states = states
  }

  /// What the line of commands begins with; nil where nothing is to be typed.
  var beginning: String? { self.line.hasSuffix("…") ? String(self.line.dropLast()) : nil }
}
