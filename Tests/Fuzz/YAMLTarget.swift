import Fuzzing
import JSON
import YAML

extension FuzzTarget {
  /// What has a JSON form is written and read again as the same.
  static let yaml = FuzzTarget(
    "yaml",
    texts: [
      "server:\n  port: 9000 # x\n  names: [a, \"b\\n\", 'c']\nlist:\n  - x\n  - {k: v}\n",
      "--- &a\n- !!int 1\n- *a\n- |\n  text\n- >-\n  folded\n...\n---\n? k\n: v\n",
      "a: &x {k: [1, 2]}\nb: *x\n",
    ],
    words: ["&a", "*a", "!!", "- ", ": ", "? ", "|", ">", "---\n", "...", "%YAML 1.2\n", "\t"]
  ) { input in
    let limits = YAMLLimits(byteCountMax: 20_000, depthMax: 30, nodeCountMax: 2000)
    guard let documents = try? YAML.documents(parsing: input, limits: limits) else { return }
    for document in documents {
      guard let value = try? document.json() else { continue }
      let text = YAMLWriter.text(value)
      let again = try YAML.document(parsing: text).json()
      try Fuzzer.require(again == value, "\(value) became \(again) through\n\(text)")
    }
  }
}
