import CommandTable

/// `lakectl version`
enum Version {
  static let command = Command(
    name: "version", summary: "show the version of lakectl", heading: .look,
    call: Call(
      effect: .reads,
      output: .list(
        "Version",
        [
          Column(key: "component", isNullable: false), Column(key: "version", isNullable: false),
          Column(key: "protocol", isNullable: false, "the version of the admin API"),
        ]), needs: .nothing,
      examples: [
        Example(text: "Show the version", line: "lakectl version"),
        Example(text: "For a bug report", line: "lakectl version -o json"),
      ],
      run: { _ async throws(CommandError) in
        .list([
          [
            "component": "lakectl", "version": .text(Release.version),
            "protocol": .text(Release.adminProtocol),
          ]
        ])
      }))
}
