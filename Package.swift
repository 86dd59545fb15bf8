// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// One constant for every Swift target: warnings are errors, unsafe code says so, imports stay inside their module.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Tests may call C freely: they do not carry the strict memory safety of the sources they test.
let testSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "Lab",
    products: [
        .executable(name: "lab", targets: ["lab"]),
        .executable(name: "responder-tls", targets: ["responder-tls"]),
        .library(name: "LabKit", targets: ["LabKit"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(name: "Net", swiftSettings: settings),
        .target(name: "DNS", dependencies: ["Net"], swiftSettings: settings),
        .target(
            name: "Kubernetes", dependencies: ["Net", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings),
        .target(name: "Dataplane", dependencies: ["Net"], swiftSettings: settings),
        .target(name: "Cluster", dependencies: ["Net", "DNS", "Kubernetes", "Dataplane"], swiftSettings: settings),
        .target(name: "Scenarios", dependencies: ["Net", "Kubernetes"], swiftSettings: settings),
        .target(name: "Screen", dependencies: ["Kubernetes"], swiftSettings: settings),
        .target(name: "CLinux"),
        .systemLibrary(
            name: "CNetlink", pkgConfig: "libnftnl libmnl libnl-3.0 libnl-route-3.0",
            providers: [.apt(["libmnl-dev", "libnftnl-dev", "libnl-3-dev", "libnl-route-3-dev"])]),
        .target(
            name: "Linux", dependencies: ["Net", "Dataplane", "CLinux", "CNetlink"], swiftSettings: settings),
        .target(name: "API", dependencies: ["Net", "Kubernetes", "Cluster"], swiftSettings: settings),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CDatagrams"),
        .target(name: "CPage", exclude: ["page"]),
        .target(
            name: "Server",
            dependencies: [
                "API", "DNS", "Kubernetes", "Net", "CDatagrams", "CPage", "CZlib",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "X509", package: "swift-certificates"),
            ], swiftSettings: settings),
        .target(
            name: "Engine",
            dependencies: ["Net", "DNS", "Kubernetes", "Dataplane", "Cluster", "Linux", "API", "Server"],
            swiftSettings: settings),
        .target(
            name: "LabKit",
            dependencies: ["Net", "DNS", "Kubernetes", "Linux", "Server", "Engine", "Scenarios"],
            swiftSettings: settings),
        .executableTarget(
            name: "lab",
            dependencies: [
                "Engine", "LabKit", "Scenarios", "Cluster", "DNS", "Kubernetes", "Dataplane", "Linux", "Net", "Screen",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),
        .executableTarget(name: "responder", swiftSettings: settings),
        .executableTarget(
            name: "responder-tls",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "X509", package: "swift-certificates"),
            ], swiftSettings: settings),
        .testTarget(name: "NetTests", dependencies: ["Net"], swiftSettings: testSettings),
        .testTarget(name: "DNSTests", dependencies: ["DNS", "Net"], swiftSettings: testSettings),
        .testTarget(name: "KubernetesTests", dependencies: ["Kubernetes", "Net"], swiftSettings: testSettings),
        .testTarget(name: "DataplaneTests", dependencies: ["Dataplane", "Net"], swiftSettings: testSettings),
        .testTarget(
            name: "ClusterTests", dependencies: ["Cluster", "DNS", "Kubernetes", "Dataplane", "Net"],
            swiftSettings: testSettings),
        .testTarget(
            name: "APITests", dependencies: ["API", "Cluster", "Kubernetes", "Net"], swiftSettings: testSettings),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "API", "Cluster", "DNS", "Kubernetes", "Net",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: testSettings),
        .testTarget(
            name: "ScenarioTests", dependencies: ["Scenarios", "Kubernetes", "Net"], swiftSettings: testSettings),
        .testTarget(name: "LinuxTests", dependencies: ["Linux", "Dataplane", "Net"], swiftSettings: testSettings),
        .testTarget(name: "ScreenTests", dependencies: ["Screen", "Kubernetes"], swiftSettings: testSettings),
        .testTarget(name: "ResponderTests", swiftSettings: testSettings),
        .testTarget(
            name: "LabKitTests", dependencies: ["LabKit", "Kubernetes", "Net", "Scenarios"],
            swiftSettings: testSettings),
        .testTarget(
            name: "LabTests",
            dependencies: ["LabKit", "Engine", "DNS", "Kubernetes", "Linux", "Cluster", "Dataplane", "Net"],
            swiftSettings: testSettings),
    ]
)
