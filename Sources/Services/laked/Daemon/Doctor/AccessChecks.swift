import Configuration
import Hosting
import Identity
import Observability
import Runtime
import Security
import Values

/// About who may reach what: authentication, secrets, certificates.
enum AccessChecks {
  static let all: [DoctorCheck] = [
    DoctorCheck("auth.required") { doctor in
      doctor.daemon.live.now[DaemonKeys.authentication] == .required
        ? .ok("every request proves who it is for")
        : .fail("authentication is off", try: "start laked without --auth none")
    },
    DoctorCheck("auth.administrators") { doctor in
      let names = doctor.core.identity.directory.administrators()
      return names.count > 1
        ? .ok("\(names.count) may change identities")
        : .ok("only \(names.first ?? "nobody") may change identities")
    },
    DoctorCheck("auth.keys_expiring") { doctor in
      let soon = doctor.clock.wallNow + .seconds(14 * 86_400)
      let keys = doctor.core.identity.directory.keys.values.map(\.record).filter {
        $0.state == .active && ($0.expiresAt.map { $0 < soon } ?? false)
      }
      return keys.isEmpty
        ? .ok("none in the next 14 days")
        : .warn("\(keys.count) in the next 14 days", try: "lakectl key list --sort expires_at")
    },
    DoctorCheck("auth.keys_disabled_owners") { doctor in
      let directory = doctor.core.identity.directory
      let keys = directory.keys.values.map(\.record).filter { key in
        key.state == .active && key.owner.kind == .user
          && directory.users[key.owner.name]?.record.state == .disabled
      }
      return keys.isEmpty
        ? .ok("no key belongs to a disabled user")
        : .warn("\(keys.count) keys of disabled users", try: "lakectl key list")
    },
    DoctorCheck("auth.damaged") { doctor in
      let damaged = doctor.core.identity.directory.damaged
      return damaged.isEmpty
        ? .ok("every identity can be read")
        : .fail("\(damaged.count) cannot be read", try: "lakectl logs --service identity")
    },
    DoctorCheck("secrets.credentials_file") { doctor in
      let path = "\(doctor.core.data.path)/\(CredentialsFile.name)"
      guard let file = try? await doctor.daemon.group.disk.information(path) else {
        return .ok("it was taken away")
      }
      return file.permissions & 0o077 == 0
        ? .ok("only its owner can read it") : .fail("others can read it", try: "chmod 600 \(path)")
    },
    DoctorCheck("secrets.master_key") { doctor in
      guard doctor.daemon.live.now[DaemonKeys.masterKey] == nil else {
        return .ok("it is kept outside the data directory")
      }
      return .warn(
        "it lies beside the data that it seals",
        try: "laked --security-master-key-file FILE, with a copy of keys/master.key")
    },
    DoctorCheck("secrets.data_keys") { doctor in
      let versions = doctor.core.keys.keys
      let bound = doctor.clock.wallNow + .seconds(-365 * 86_400)
      let newest = Dictionary(grouping: versions, by: \.purpose).compactMapValues {
        $0.map(\.created).max()
      }
      let old = newest.filter { $0.value < bound }
      return old.isEmpty
        ? .ok("\(newest.count) purposes, none older than a year")
        : .warn("\(old.count) older than a year", try: "lakectl key data rotate")
    },
    DoctorCheck("tls.admin") { doctor in
      let configuration = doctor.daemon.live.now
      let host = SocketAddress.ip(configuration[DaemonKeys.adminHost], port: 0)
      if configuration[DaemonKeys.adminCertificate] != nil {
        return .ok("the admin API speaks TLS")
      }
      return host.isLoopback
        ? .ok("the admin API is plain, on loopback only")
        : .fail(
          "the admin API is plain on \(configuration[DaemonKeys.adminHost])",
          try: "give --admin-certificate-file and --admin-key-file")
    },
    DoctorCheck("tls.expiry") { doctor in
      guard let end = doctor.view.adminTLS?.certificateEnd else {
        return .skipped("there is no TLS")
      }
      let days = Double((end - doctor.clock.wallNow).nanosecondsClamped) / 86_400e9
      let text = "the certificate is good until \(Timestamp(end))"
      let advice = "put a new one in its place, then lakectl service reload admin"
      guard days < 14 else { return .ok(text) }
      return days < 2 ? .fail(text, try: advice) : .warn(text, try: advice)
    },
    DoctorCheck("listen.loopback") { doctor in
      let open = doctor.core.doors.all.filter { !$0.address.isLoopback }.map(\.name)
      return open.isEmpty
        ? .ok("all \(doctor.core.doors.all.count) endpoints are on loopback")
        : .ok("\(open.joined(separator: ", ")) can be reached from outside")
    },
    DoctorCheck("logs.dropped") { doctor in
      let count = doctor.daemon.logs.droppedCount
      return count == 0
        ? .ok("every record was written")
        : .warn("\(count) records were dropped: the output is too slow")
    },
  ]
}
