private import Glibc
private import LakeDaemon

/// The daemon. What it can run is the list of `ServiceList`.
@main
struct Laked {
  static func main() {
    let arguments = ProcessIdentity.arguments
    exit(DaemonProcess.main(arguments, services: ServiceList.all))
  }
}
