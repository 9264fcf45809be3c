internal import GRPC
private import Protobuf

/// `grpc.reflection.v1`: what tools such as grpcurl ask a server that they know nothing about.
struct ReflectionService: ReflectionServerReflectionHandler {
  private let catalog: ReflectionCatalog

  init(_ catalog: ReflectionCatalog) { self.catalog = catalog }

  func serverReflectionInfo(
    _ requests: RequestStream<Reflection.ServerReflectionRequest>,
    _ responses: ResponseStream<Reflection.ServerReflectionResponse>, _ call: ServerCall
  ) async throws(GRPCStatus) {
    while let request = try await requests.next() {
      try await responses.send(
        Reflection.ServerReflectionResponse {
          $0.validHost = request.host
          $0.originalRequest = request
          $0.messageResponse = self.answer(request)
        })
    }
  }

  private func answer(
    _ request: Reflection.ServerReflectionRequest
  ) -> Reflection.ServerReflectionResponse.MessageResponseChoice {
    switch request.messageRequest {
    case .fileByFilename(let path)?:
      self.files(self.catalog.descriptors(ofFile: path), "the file \(path)")
    case .fileContainingSymbol(let name)?:
      self.files(self.catalog.descriptors(ofSymbol: name), "the symbol \(name)")
    case .fileContainingExtension(let wanted)?:
      self.files(nil, "extension \(wanted.extensionNumber) of \(wanted.containingType)")
    case .allExtensionNumbersOfType(let name)?:
      self.catalog.knowsType(name)
        ? .allExtensionNumbersResponse(
          Reflection.ExtensionNumberResponse { $0.baseTypeName = name })
        : self.files(nil, "the type \(name)")
    case .listServices?:
      .listServicesResponse(
        Reflection.ListServiceResponse { list in
          list.service = self.catalog.services.map { name in
            Reflection.ServiceResponse { $0.name = name }
          }
        })
    case nil:
      .errorResponse(
        Reflection.ErrorResponse {
          $0.errorCode = Int32(GRPCStatus.Code.invalidArgument.rawValue)
          $0.errorMessage = "the request asks for nothing"
        })
    }
  }

  private func files(
    _ descriptors: [[UInt8]]?, _ what: String
  ) -> Reflection.ServerReflectionResponse.MessageResponseChoice {
    guard let descriptors else {
      return .errorResponse(
        Reflection.ErrorResponse {
          $0.errorCode = Int32(GRPCStatus.Code.notFound.rawValue)
          $0.errorMessage = "\(what) is not known"
        })
    }
    return .fileDescriptorResponse(
      Reflection.FileDescriptorResponse { $0.fileDescriptorProto = descriptors })
  }
}
