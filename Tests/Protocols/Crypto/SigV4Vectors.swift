// swift-format-ignore-file: printed by cases/sigv4.py with botocore; do not edit.

struct SigV4Vector: Sendable {
  let method: String
  let path: String
  let query: String
  let headers: [(name: String, value: String)]
  let payloadHash: String
  let accessKeyID: String
  let secret: String
  let region: String
  let time: String
  let authorization: String
}

let sigV4Vectors: [SigV4Vector] = [
  SigV4Vector(
    method: "PUT", path: "/%25%C2%A0%3F%C2%A0%2A9%25%25%27%E6%BC%A2%280Y%2690Z%27%3D%22%25%20",
    query: "",
    headers: [
      ("host", "localhost:9000"), ("x-amz-meta-a", "c,ac "), ("x-amz-date", "20151105T120120Z"),
      ("x-amz-content-sha256", "bbeebd879e1dff6918546dc0c179fdde505f2a21591c9a9c96e36b054ec5af83"),
    ],
    payloadHash: "bbeebd879e1dff6918546dc0c179fdde505f2a21591c9a9c96e36b054ec5af83",
    accessKeyID: "AKIAB/E", secret: "s~@1[~$$漢(Z( c%a#0)_漢%?/ä!:X$ä1Y(~,& ",
    region: "us-east-1", time: "20151105T120120Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAB/E/20151105/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=c226ab91d7719b7ec356422ea91fa4db2359808c1abd1cde67c6ba480f8ba3c8"
  ),
  SigV4Vector(
    method: "HEAD", path: "/Y%40~.%C3%9F%2B%279b%2C%26%26/%40a1%21Z1~%28_%5D%21%25%270",
    query:
      "%3D=%C2%A0&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA3FA552B26E2%2F20280525%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20280525T165326Z&X-Amz-Expires=281420&X-Amz-SignedHeaders=host&X-Amz-Signature=8c36e0e96cf2128b5650c5f09f90df88414b5129e2759dedb38ed80b427d491a",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA3FA552B26E2", secret: "s]./#& a(\"(']%:(1$9",
    region: "eu-central-1", time: "20280525T165326Z",
    authorization: ""),
  SigV4Vector(
    method: "GET", path: "/%E6%BC%A2%3A%3F%26%E6%BC%A2%5D%409%25%5D%29%3F",
    query: "9%27=%5D&%24.=%5D%21%27b9%3B%3A",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-date", "20201005T230221Z"),
      ("x-amz-content-sha256", "bbaa8c214c3317825bcb20389a7516d3b5f7523b42c8937fb08c635e50271595"),
    ],
    payloadHash: "bbaa8c214c3317825bcb20389a7516d3b5f7523b42c8937fb08c635e50271595",
    accessKeyID: "AKIAE/B34", secret: "sZ!漢9/\"ßZ+*漢'#XZ&_c.ä]=*b:%",
    region: "eu-central-1", time: "20201005T230221Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAE/B34/20201005/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=2bc5566133f9776d8d9a992273a1783db3920088110b0d5fe37b4497eb512b23"
  ),
  SigV4Vector(
    method: "HEAD", path: "/0%5B01_%26Y%20Z",
    query: "%C3%9F%23a%5B%5D%24=%5B%C3%9F_%5B%2A&%21b%2A%27%3D%29=1",
    headers: [
      ("host", "localhost:9000"), ("x-amz-date", "20200331T102113Z"),
      ("x-amz-content-sha256", "574ddffaac48c9e2095a416010747d0b58ad111c6d1dff5ea29bdb026af04b1a"),
    ],
    payloadHash: "574ddffaac48c9e2095a416010747d0b58ad111c6d1dff5ea29bdb026af04b1a",
    accessKeyID: "AKIAAC6", secret: "s[~[=%[; &9/)",
    region: "eu-central-1", time: "20200331T102113Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAAC6/20200331/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=df64c54a5b0afab66dfdb6491d263f7a89956564b4af9546df615946792e7abc"
  ),
  SigV4Vector(
    method: "HEAD", path: "/%21%2AX%2A%40%5D%29a%23X%24.a9%201%2A%40%C3%9FY%3A",
    query:
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAAB5%2F25%2FD%2FBEHED2C%2F20220625%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20220625T014334Z&X-Amz-Expires=531342&X-Amz-SignedHeaders=host&X-Amz-Signature=0fdc8f8858b61a736150fcbdd949d5b6b7d12e6f47b7b0f0bc7a83c2ea8f83e1",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIAAB5/25/D/BEHED2C", secret: "sc&c\"#='?c?+;% ~([[漢=/@;')]+[*?/漢!% ",
    region: "eu-central-1", time: "20220625T014334Z",
    authorization: ""),
  SigV4Vector(
    method: "DELETE", path: "/%C3%A4%2B%20%21b.%5D%221%40.%5D%22%2C/9Z",
    query:
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA55FF4HHDG6CE%2F%2F4%2F%2F%2F20180820%2Flocal%2Fs3%2Faws4_request&X-Amz-Date=20180820T062305Z&X-Amz-Expires=11467&X-Amz-SignedHeaders=host&X-Amz-Signature=4dc45e65529b2b59e1f8b5cd93831a6beb51ca2822699c929edb760efd609fa7",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA55FF4HHDG6CE//4//", secret: "s漢#[  Yb~b",
    region: "local", time: "20180820T062305Z",
    authorization: ""),
  SigV4Vector(
    method: "DELETE", path: "/%26%3F%2A%40%27",
    query: "",
    headers: [
      ("host", "localhost:9000"), ("x-amz-meta-a", "aa, bb    "),
      ("x-amz-meta-b", "  , c,, a b bc, a,"), ("x-amz-date", "20210223T163324Z"),
      ("x-amz-content-sha256", "af19f5507ebab86a792e86eea66006c8956dcec38cc67ac26a7c77851592372b"),
    ],
    payloadHash: "af19f5507ebab86a792e86eea66006c8956dcec38cc67ac26a7c77851592372b",
    accessKeyID: "AKIAAB24A55/BC2/424HG", secret: "s;]!,.X/ 0' Y$\"ä)&!/+c@Y?ß':9 'Z&1~Zb+*_?'",
    region: "local", time: "20210223T163324Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAAB24A55/BC2/424HG/20210223/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=bd17ac1ea5ae959d324413b44539d0c33dd5f605454d01b8d3130193ef9593cd"
  ),
  SigV4Vector(
    method: "HEAD", path: "/%21%28.%C3%A4-%C3%9F%5B-%3B",
    query: "%3B%23%22a=%3A%2A%25&%26b=_%25%C3%A4%E6%BC%A2%2C_&X%5B%C3%A4%E6%BC%A2=Xcc",
    headers: [
      ("host", "localhost:9000"), ("x-amz-date", "20250522T115048Z"),
      ("x-amz-content-sha256", "0e185f1aa5711ea4b009c0718c0f38820509f9ebf5fade8720a1c332c311fd2a"),
    ],
    payloadHash: "0e185f1aa5711ea4b009c0718c0f38820509f9ebf5fade8720a1c332c311fd2a",
    accessKeyID: "AKIAH/2H6", secret: "s.#!!9 ':\"0?X##)+~@&aßX*!b0~&!,\"/ [ß '+漢&",
    region: "local", time: "20250522T115048Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAH/2H6/20250522/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=dfa83780e6f6ca5435788ccb3df20399565f2f862327a9c7529d8ad06fb53535"
  ),
  SigV4Vector(
    method: "GET",
    path: "/c%21%3A%40-%C2%A0%27_%23-c.%2C%C3%9F%20%24%25-%21%C3%A4-%3AY%28%29%C3%A4X",
    query:
      "_a%E6%BC%A2%C2%A09%279=%20%5B~%3D&%2F%2F%40-%28c=%23&c=%40Y-Z%2A&-%3B%5D%3B%3A%3B%3B=%C3%A4%C3%9F%C3%9F%27Y~",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", ", a c ,   c c"),
      ("x-amz-date", "20280731T234436Z"),
      ("x-amz-content-sha256", "f63712f003c783fc7ede1ae27949674c6904d4088f63814850b2dea242b86cad"),
    ],
    payloadHash: "f63712f003c783fc7ede1ae27949674c6904d4088f63814850b2dea242b86cad",
    accessKeyID: "AKIA35", secret: "s@..b$',(@-::?_Y  ]ß)Y/_1-",
    region: "eu-central-1", time: "20280731T234436Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA35/20280731/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=794c9c3de9015f8c45dad0052b2902696528f76c95daaa86c53790b798384b62"
  ),
  SigV4Vector(
    method: "DELETE", path: "/%2C_.Z~a%25%2A",
    query: "",
    headers: [
      ("host", "localhost:9000"), ("x-amz-date", "20221013T193607Z"),
      ("x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
    payloadHash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    accessKeyID: "AKIA6EA", secret: "s(cbX@~ !Z_ 漢\"::-#cY?&9X! ä$ ?~&? /a# ;@$ Y",
    region: "local", time: "20221013T193607Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA6EA/20221013/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=8bf1d1ed6300bfecd15899b67622f420fb2e76806cc76aa9d5e2833bfac24ab7"
  ),
  SigV4Vector(
    method: "DELETE", path: "/b%2Ab.Y%5B%22%3D1-X%23Z%3BX~.%28.-Y%26%26X%40",
    query: "",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", " aaac  c cbb ,,c ba"),
      ("x-amz-meta-b", " aa ,a  ,ab,b,ac,ca"), ("x-amz-meta-c", ""),
      ("x-amz-date", "20140924T001946Z"),
      ("x-amz-content-sha256", "74cf6aa501e14ef6c42e2fed2767a89d94e59932bf41af4f5d42ecfb03740a6c"),
    ],
    payloadHash: "74cf6aa501e14ef6c42e2fed2767a89d94e59932bf41af4f5d42ecfb03740a6c",
    accessKeyID: "AKIA5", secret: "s%0ä=+äZ-?,(/1 0&.[ß*ßa#.?00c;.*ß\"_/=.",
    region: "local", time: "20140924T001946Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA5/20140924/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b;x-amz-meta-c, Signature=1ad6b6a6e21f889cc4cc9274e6318802d107403a71791a96f5dc9ba573b2bff5"
  ),
  SigV4Vector(
    method: "PUT", path: "/%3F%27bZ%2C%279%5B%2B0",
    query:
      "%23%2C1-%219=&%24Z=&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA35C35E3C3BH5G%2F20260930%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20260930T234345Z&X-Amz-Expires=58146&X-Amz-SignedHeaders=host&X-Amz-Signature=b94985966724cabf20187f82cec5b43d42493b83ed78b63c9850e7b8096e7673",
    headers: [("host", "bucket.example.com")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA35C35E3C3BH5G", secret: "s~bb+ ; $*$! ,\";01+]$c%,1]#a?*\"&)c -9\"[&0]*",
    region: "eu-central-1", time: "20260930T234345Z",
    authorization: ""),
  SigV4Vector(
    method: "HEAD", path: "/.%251%3F%29%29.c%3A%210%28%3B%5D%25",
    query:
      "YbZ-Z%40=%22Z%3F-c~_&X~%E6%BC%A2=%24%29%28%2C&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAEB2FGHH2BCABDAA6HF%2F20250420%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20250420T212719Z&X-Amz-Expires=425438&X-Amz-SignedHeaders=host&X-Amz-Signature=7a26eab39d4159fc3dda4e744913c76e90240a439afe87e5349553da5864ac3b",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIAEB2FGHH2BCABDAA6HF", secret: "s0\"=]Z@ßäß",
    region: "eu-central-1", time: "20250420T212719Z",
    authorization: ""),
  SigV4Vector(
    method: "HEAD",
    path: "/%2C%5B%2B%E6%BC%A2%251%23%2A%40%27%5B%5B1%29b%2A%23%25%3B%25Y%3F%23%23%21%E6%BC%A2c%3D",
    query: "%271%5B1_.%27=%29_9.%C3%9F%25&%2B=%24%5BZ&Z%2B1c9%2C%26=0%3B%27%3A",
    headers: [
      ("host", "localhost:9000"), ("x-amz-date", "20270130T094101Z"),
      ("x-amz-content-sha256", "a00ab59af3d6bcaed222337371a16573cd142361d72e694800e3af215dae6bb2"),
    ],
    payloadHash: "a00ab59af3d6bcaed222337371a16573cd142361d72e694800e3af215dae6bb2",
    accessKeyID: "AKIA/46FC5FG23AD6EC3A", secret: "s~0[!_'Y+a.b)b01c##ä0",
    region: "us-east-1", time: "20270130T094101Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA/46FC5FG23AD6EC3A/20270130/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=f8846efc2b0161721b947e7114b377345ea02060d313dadbc996c83601ab5a5d"
  ),
  SigV4Vector(
    method: "DELETE", path: "/%239YbX%27%E6%BC%A29%2A",
    query:
      "%26-%24%2B%25%23=.%2Fc%26a%3F%27&%C3%A4%3Ab%40%40%29=a%2B._a&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA263A32E%2F6G4BBE3BCD4%2F20270921%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20270921T140147Z&X-Amz-Expires=202821&X-Amz-SignedHeaders=host&X-Amz-Signature=eb55d42a421fd1cd5d78677e41da547f0bed3ab4e50f947a6945996fab60586d",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA263A32E/6G4BBE3BCD4", secret: "s*:a",
    region: "us-east-1", time: "20270921T140147Z",
    authorization: ""),
  SigV4Vector(
    method: "HEAD", path: "/~%2AZ%2B/~c%2B%29%C3%9F~c%3Aa%25%209bb/%24%5D9%3B%3A0%3A%C2%A0",
    query: "%3F%5D%25%3F%E6%BC%A2%2B=b%2C%5B",
    headers: [
      ("host", "localhost:9000"), ("x-amz-date", "20260404T212253Z"),
      ("x-amz-content-sha256", "80355eef81651bf25db89aaa3f4bb939729d501e6f02cd79edf42d450abe88ee"),
    ],
    payloadHash: "80355eef81651bf25db89aaa3f4bb939729d501e6f02cd79edf42d450abe88ee",
    accessKeyID: "AKIA54G56EE2/2CA35ED",
    secret: "s!(]X/': +9#Z,'b\"0漢=]: !bY & Xc&X9X/-%!b*)c]!漢@~\"c",
    region: "local", time: "20260404T212253Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA54G56EE2/2CA35ED/20260404/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=3e4ca052a292b2dc92a546b6bdc5753485627ad6cb1fa5d93735cca91ad819e0"
  ),
  SigV4Vector(
    method: "DELETE", path: "/%20%5DY%26%20%21%C3%A4Z/~",
    query:
      "1%26%29%3B%29Y%C3%A4=b-%5B%3F%29%3A%3B&%21%22%2Aa0%C3%9F=%3B1%26a0.%C2%A0&%2Ab=%C3%9F%26%27",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "a"), ("x-amz-date", "20310901T202449Z"),
      ("x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
    payloadHash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    accessKeyID: "AKIA//B34EG5G", secret: "s[",
    region: "eu-central-1", time: "20310901T202449Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA//B34EG5G/20310901/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=9d30f799d534199c3aedbaa05fb788a59381bb0ccbaaf4aa76c796c9a64ae1c7"
  ),
  SigV4Vector(
    method: "DELETE", path: "/%3F%2C/%29a%28X%5B%26%20_1%21/%23~%22a%2A9",
    query:
      "b%28-%20-%3F=%23&0%C3%A4%3AZ%2A~=&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F%2F20330218%2Flocal%2Fs3%2Faws4_request&X-Amz-Date=20330218T054211Z&X-Amz-Expires=57355&X-Amz-SignedHeaders=host&X-Amz-Signature=be2e8eb2163e03126ea2a0ee0b7256a3e26017e77515d5782dcbed6e070ce09c",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA/", secret: "s&%ä()漢'ß:0?1#%c,~('@@(ä9Z=Zß'_Y(((*a:.",
    region: "local", time: "20330218T054211Z",
    authorization: ""),
  SigV4Vector(
    method: "PUT", path: "/Xc%21%27%23%3B/%23Y%2B9%29~a%26%3D-0%5B-",
    query: "",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-date", "20200930T221056Z"),
      ("x-amz-content-sha256", "da2425ed71a0605ada20e266b6d5d97e028e6217a34f3feb66100d19096531f6"),
    ],
    payloadHash: "da2425ed71a0605ada20e266b6d5d97e028e6217a34f3feb66100d19096531f6",
    accessKeyID: "AKIAD4F2H4", secret: "s]*_ß@*",
    region: "us-east-1", time: "20200930T221056Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAD4F2H4/20200930/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=c806574dac11e50204f4a0bb2d3f4d00be90944f32df09007fd4a4546224aeec"
  ),
  SigV4Vector(
    method: "PUT", path: "/%2310%C3%A4%5B/.%3F%5Ba%231%C2%A0%C2%A0%3B%2A%C3%9F%2A",
    query:
      "%29%E6%BC%A2%28Y-%28=%3D~%E6%BC%A2%5D%5D&%3A%229%20=&%5B=%40Z%2B%C3%A4&%29Yb%26%20=X%24_",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "aa,cc"), ("x-amz-meta-b", ""),
      ("x-amz-date", "20250211T053708Z"),
      ("x-amz-content-sha256", "0ad3cf36b3bd82788bb96258313ab9df4e45270f7fc0e8a68794b7e9a96fea6b"),
    ],
    payloadHash: "0ad3cf36b3bd82788bb96258313ab9df4e45270f7fc0e8a68794b7e9a96fea6b",
    accessKeyID: "AKIA24FBBG35GFG62", secret: "s,:\"[漢!;b$漢(c+=~( 0_-.c-,;@9a?[!,,1@9~# ß$ *b:Y]:",
    region: "us-east-1", time: "20250211T053708Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA24FBBG35GFG62/20250211/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=800838c8e670e94c46539e1fdf55df3881d519887d87df01a0c2a51c5b3777ae"
  ),
  SigV4Vector(
    method: "PUT",
    path: "/%23%C3%9F%3Bc%24%21%22%2C0%2C%26%2B%3B-%27b%25%C3%A4%5B%24%21%21%22_%3DZ_Z",
    query: "",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", " ,  c c,cab ,ac,"),
      ("x-amz-meta-b", "b  ca"), ("x-amz-date", "20290427T182200Z"),
      ("x-amz-content-sha256", "398db2a2d1c0d63a09f7ff2519028dbd4e77b885643b4f765382354fef1fdd73"),
    ],
    payloadHash: "398db2a2d1c0d63a09f7ff2519028dbd4e77b885643b4f765382354fef1fdd73",
    accessKeyID: "AKIAD55/GDFHBBG3", secret: "s!!&,#%*%ß)?X&?\" [%%ä'XX漢$",
    region: "eu-central-1", time: "20290427T182200Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAD55/GDFHBBG3/20290427/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=e91b5f1b6521309ba406211d0899dcbbc2a7cd7f928a636a52316e248469efde"
  ),
  SigV4Vector(
    method: "PUT", path: "/0%5D%C3%9F%5B09%3B%5B~%2B0%5B",
    query: "Y%20%2Bb%22c=&.-%C3%9FX-=%2Aa&%3D%C2%A0%26%29Z=b%2C%22&%3B%E6%BC%A20%2B-=",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "ca"), ("x-amz-date", "20220727T110417Z"),
      ("x-amz-content-sha256", "7ad7fbba1b6c08f866b6e810b0b6b1918479af80f7d15cb130e8662d5457cd40"),
    ],
    payloadHash: "7ad7fbba1b6c08f866b6e810b0b6b1918479af80f7d15cb130e8662d5457cd40",
    accessKeyID: "AKIA", secret: "s(#Y+/! %&(0 :\"]/c'ä$Z]9)9Z(_$-?( c9@Y.* ;~:-",
    region: "us-east-1", time: "20220727T110417Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA/20220727/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=8090b0b0bf8d58d1faa07ba3f27f15ab33c7a05317779f9c7bc4b0b5cbd3a324"
  ),
  SigV4Vector(
    method: "GET", path: "/%21~%40%2C",
    query:
      "1%29%20c%22%20.=%25%C3%9F%3D&%26c%23~X=9%3FX%28%24%26&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA3%2FA554%2FEHDDAH256%2F20190606%2Flocal%2Fs3%2Faws4_request&X-Amz-Date=20190606T195716Z&X-Amz-Expires=11144&X-Amz-SignedHeaders=host&X-Amz-Signature=2ea0f0e1ab128360486509e52b78ace7bf8726df931b0def043b7744dd72b9d8",
    headers: [("host", "bucket.example.com")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA3/A554/EHDDAH256", secret: "sa/][&Z:ä漢漢[#",
    region: "local", time: "20190606T195716Z",
    authorization: ""),
  SigV4Vector(
    method: "GET", path: "/X%21%25%2B%24%26%219",
    query:
      "%E6%BC%A2~%22%3DcZ%3A=%29&%C3%A4%5D%C3%A4Z%E6%BC%A2%E6%BC%A2=&%2A%26.%25%20=%21Y%E6%BC%A2%40Y%2C&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIABD536D42D%2F20171209%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20171209T183257Z&X-Amz-Expires=392382&X-Amz-SignedHeaders=host&X-Amz-Signature=c121a3d584b3780637a346056e05cccbce6eff67d828ece7018f5d6900d88ca4",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIABD536D42D", secret: "s'X,%9漢*X_0%漢Z .%ä9ß=%_~?@#1#[_?*$)!/]&]X$=])",
    region: "us-east-1", time: "20171209T183257Z",
    authorization: ""),
  SigV4Vector(
    method: "DELETE", path: "/%25_%23Xc/%26b.-9%C2%A0%3D/_%5B1_a%22%29",
    query:
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA522GD%2F20160324%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20160324T032445Z&X-Amz-Expires=335794&X-Amz-SignedHeaders=host&X-Amz-Signature=a3673c01021239c1418cf3a7290cbf41d5881ced789679595dc476b48da40330",
    headers: [("host", "bucket.example.com")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA522GD", secret: "s.Y$",
    region: "us-east-1", time: "20160324T032445Z",
    authorization: ""),
  SigV4Vector(
    method: "PUT", path: "/Z",
    query: "%E6%BC%A29=.%2F%29Y%5B&1%C3%9F%2A%2F%3F=",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-date", "20320218T130428Z"),
      ("x-amz-content-sha256", "6ce0717a9fca9837c0dcd13c155c6e74db6e5e26d3b522474559bff4d8ad44c1"),
    ],
    payloadHash: "6ce0717a9fca9837c0dcd13c155c6e74db6e5e26d3b522474559bff4d8ad44c1",
    accessKeyID: "AKIAAEB6", secret: "s%,漢-.?%)Za]]?!)@;",
    region: "local", time: "20320218T130428Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAAEB6/20320218/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=8caaad2edb4d851377133a80e3532e9d4ac57a39d33a6f68c00a0dd6680500bf"
  ),
  SigV4Vector(
    method: "GET",
    path: "/%28%27%2A%3DZ%24%C3%A4%211%26%2CY%2C%28_%E6%BC%A2%3B%29%22-%240%2C%28Y%22%25/",
    query: "%3Fa=%2810%C3%9F",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "c , a  ab"),
      ("x-amz-date", "20310828T060414Z"),
      ("x-amz-content-sha256", "651ecac9f18d54d656a40781626bf46811c9aa4f676179ebc460872145068fe9"),
    ],
    payloadHash: "651ecac9f18d54d656a40781626bf46811c9aa4f676179ebc460872145068fe9",
    accessKeyID: "AKIA62", secret: "sc",
    region: "local", time: "20310828T060414Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA62/20310828/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=451a723d97d1d5266938eb7517c3e2ba30333d322c490ec6cae07e54f7a687dd"
  ),
  SigV4Vector(
    method: "HEAD", path: "/%24%23%5B%29%C2%A0X%5B%3D%3F%3D%29.%27c9%C2%A0%25X-%25%24Z%209%3A",
    query: "%24=%20%C3%A4a%C3%A4%40%27%24&91=X%2F&%2C9~=%27%26%27Y%23%3A%21",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", " ,bb c, ac b,"),
      ("x-amz-meta-b", " b accca"), ("x-amz-date", "20230120T052312Z"),
      ("x-amz-content-sha256", "0b9f27aa1e330a7eacf800f81eb4f8b4e8893a5fe37659a75bcfbe9fe0e2dede"),
    ],
    payloadHash: "0b9f27aa1e330a7eacf800f81eb4f8b4e8893a5fe37659a75bcfbe9fe0e2dede",
    accessKeyID: "AKIA2EHE", secret: "s_Y[漢-_ß-1'\"?#*+",
    region: "eu-central-1", time: "20230120T052312Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA2EHE/20230120/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=c0246cf0490c3f7d7881b0d4a2bc29fac96fc1dc01fbe2e5615944fcb3d7559c"
  ),
  SigV4Vector(
    method: "PUT", path: "/%29%29cc0c9%3B%2B0%2A%29%23%24-.%3F%28XZ",
    query:
      "%26%25=%2A~%5B~c&%5D-%3B=%2B%C3%A4019%3F&%3A%28~%C3%A4%C3%A4=%2F%C2%A0&%2B=%27%260%2C%2C%E6%BC%A2&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAG6B64A%2FBC%2F20271013%2Flocal%2Fs3%2Faws4_request&X-Amz-Date=20271013T154836Z&X-Amz-Expires=66424&X-Amz-SignedHeaders=host&X-Amz-Signature=9748e2c896b354482fba4c3d331111cbc703131fba0b375aa914417454315841",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIAG6B64A/BC", secret: "s)#1([ #9Y+Z;aß$c0a=YY漢)]#[ß$()ß#'-)[ßä0&Zb*c)\"- Z",
    region: "local", time: "20271013T154836Z",
    authorization: ""),
  SigV4Vector(
    method: "HEAD", path: "/%2C",
    query:
      "%3Db=&%26%2F%5D%20a=%40&%2A%3A%27%3D~=%21%23&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA3EEGA6233HCDGA6%2F%2F20170207%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20170207T205847Z&X-Amz-Expires=232816&X-Amz-SignedHeaders=host&X-Amz-Signature=a4117450857bc48c60c242a5f8447605cc30b6afd1331fe147294d4aee39f726",
    headers: [("host", "bucket.example.com")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA3EEGA6233HCDGA6/", secret: "sZ 0!,;9'[+@漢.&,::ßX';a9b&Z%a$",
    region: "us-east-1", time: "20170207T205847Z",
    authorization: ""),
  SigV4Vector(
    method: "GET", path: "/%C3%9F~-%5D1%3D%26.c%20%5D%29%3A%3B~%C3%9F%23",
    query: "1=9&%249_%24%28b=b0_Y&%5D%3D.%2F%5B=YX&.%5B%5B=c%21%2B%C3%9F.",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "c,  a,b aca"),
      ("x-amz-date", "20210404T101725Z"),
      ("x-amz-content-sha256", "66f88cc7aca5ce6cdf1de9f1d660b15e1a2d6955b147672ac7f5f1d2e5d98dbe"),
    ],
    payloadHash: "66f88cc7aca5ce6cdf1de9f1d660b15e1a2d6955b147672ac7f5f1d2e5d98dbe",
    accessKeyID: "AKIA2AHE2", secret: "s&$Z&%9;Xc=ä='.__ß' ßc9?9(_漢漢_%;%0Y%a!\"",
    region: "local", time: "20210404T101725Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA2AHE2/20210404/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=3269226c3d08717cb20eb94f784035f5cdf66766bc2c26b1b8e9124db3a9ce94"
  ),
  SigV4Vector(
    method: "GET",
    path: "/%27%C3%9F%2B%C3%9Fb%40%23%2B%2A%3A%29%2C%28%28Z%21_%21%25Y9%241%24~9%5B%21",
    query: "%2C1=%28%28%C3%A4&%C2%A0%23%20-=&%E6%BC%A2%29%40%28=%3A",
    headers: [
      ("host", "localhost:9000"), ("x-amz-meta-a", "a,,ca a  ca  c"),
      ("x-amz-date", "20191215T084305Z"),
      ("x-amz-content-sha256", "6aea0228ea1753ab7f9257f8f9d59fd3cc649eabf7b81355497c12358e6c791b"),
    ],
    payloadHash: "6aea0228ea1753ab7f9257f8f9d59fd3cc649eabf7b81355497c12358e6c791b",
    accessKeyID: "AKIA22F6C4D3C2GHE2AHFD/",
    secret: "s%1@& =~X漢~b.!-漢-1X,(Y-ßX+#'~&?=''X1Z(999#:c-~&äa",
    region: "local", time: "20191215T084305Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA22F6C4D3C2GHE2AHFD//20191215/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=8fbb5c0dbc3c68f9639391ad5a70fbb6f93dead6204bbf1f4ee33ae58b21dd98"
  ),
  SigV4Vector(
    method: "DELETE", path: "/%28%23%22%25a%C3%9F%3F%3F%24%3F%3A%5D%5D%3F9%28%C3%9Fb%40",
    query: "",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", " ,bbac ac b"), ("x-amz-meta-b", ","),
      ("x-amz-meta-c", ",a c, ,   "), ("x-amz-date", "20291205T124251Z"),
      ("x-amz-content-sha256", "7dba7fa46b4fe3b09b5ed85be5b4bd2ee58749d326edd2a4ae24f020b89e8479"),
    ],
    payloadHash: "7dba7fa46b4fe3b09b5ed85be5b4bd2ee58749d326edd2a4ae24f020b89e8479",
    accessKeyID: "AKIABEAA5DC4E62H5/BEC5", secret: "s=b0-&Y;1~%9_+ßß+\"1Y)c;-\" ]ää#9.\"Y ]9]:_Y=",
    region: "local", time: "20291205T124251Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIABEAA5DC4E62H5/BEC5/20291205/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b;x-amz-meta-c, Signature=a6ecf0fad79c05eaee1ee9c054658b9a502738ddb4e3d239f40d586d19ffb298"
  ),
  SigV4Vector(
    method: "GET", path: "/%23%20%23.a%3A",
    query:
      "b=%5B%209%5B%5B%C3%A4&%25%25.%221%2Fc=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA565C%2F26F%2F20220310%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20220310T094134Z&X-Amz-Expires=301365&X-Amz-SignedHeaders=host&X-Amz-Signature=c9c935d8418219d70ba0db81a8b4f15c9d70348469681f3a7a092cc3b33118cc",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA565C/26F", secret: "s$9=c X,%)漢*(~]19#漢!\"!:X .:#-,?,'aZ]?X?. +&+]ä!~bc",
    region: "eu-central-1", time: "20220310T094134Z",
    authorization: ""),
  SigV4Vector(
    method: "DELETE", path: "/%2A%2C%3A9%2BZ%3B",
    query: "%29b%28%22ZZ%20=%2C%3F",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "a  "), ("x-amz-date", "20311207T055007Z"),
      ("x-amz-content-sha256", "9c9cb6cc51279b86a7796b1b5badc29b7cfb6713730018b94f9accd4cc6a409b"),
    ],
    payloadHash: "9c9cb6cc51279b86a7796b1b5badc29b7cfb6713730018b94f9accd4cc6a409b",
    accessKeyID: "AKIAAC3FA4B5H3GE4", secret: "s",
    region: "local", time: "20311207T055007Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAAC3FA4B5H3GE4/20311207/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=8d42123042da02b6499c9a7a66e4b4d332a12f13153f74d111dcceb69bc7fc3c"
  ),
  SigV4Vector(
    method: "PUT", path: "/%C3%9F%25%22b%5D9%27a%27_1a1%2A%2A",
    query: "Z=%C3%9Fc%269",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "b,    acb c ,  aaa"),
      ("x-amz-meta-b", " b   aab  b b"), ("x-amz-date", "20150306T205541Z"),
      ("x-amz-content-sha256", "42ca994846cbe6586964172ff18061cc254a73c6b6de52391757b6563226a3ce"),
    ],
    payloadHash: "42ca994846cbe6586964172ff18061cc254a73c6b6de52391757b6563226a3ce",
    accessKeyID: "AKIA5AFG6/D", secret: "s=-,~#9% ?1$?]X漢Z+a)",
    region: "eu-central-1", time: "20150306T205541Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA5AFG6/D/20150306/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=4d67115a8dea4ae296bb5fd06589c2f9e70c3e89dfbe5cacaee0f2465c750b27"
  ),
  SigV4Vector(
    method: "GET", path: "/%2CZ%2CZ~%20%3BX",
    query: "%401%2C=%26a",
    headers: [
      ("host", "localhost:9000"), ("x-amz-meta-a", ","), ("x-amz-meta-b", ",c,cbcb bba, "),
      ("x-amz-date", "20220810T224037Z"),
      ("x-amz-content-sha256", "6f5303f95d54dc68dcfb42339c091a1a58552c5c51838134bf4a00d93ce1e742"),
    ],
    payloadHash: "6f5303f95d54dc68dcfb42339c091a1a58552c5c51838134bf4a00d93ce1e742",
    accessKeyID: "AKIA2E", secret: "s",
    region: "eu-central-1", time: "20220810T224037Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA2E/20220810/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=e53dee518f879eb21e5ffed38042e1b94a57e94a9f11f8a67268ffa987d2e150"
  ),
  SigV4Vector(
    method: "PUT", path: "/_%2BX%C3%9F%20.%3D%3A",
    query: "",
    headers: [
      ("host", "localhost:9000"), ("x-amz-date", "20250717T142504Z"),
      ("x-amz-content-sha256", "1d3f1c8d8098e6f88bd30ad48d0c4d209290ba58df0aefeeb71d7a38fee03567"),
    ],
    payloadHash: "1d3f1c8d8098e6f88bd30ad48d0c4d209290ba58df0aefeeb71d7a38fee03567",
    accessKeyID: "AKIA546H3B56", secret: "s&'Xa=(=+aY !'~a@/漢)漢'*[9]ä0",
    region: "eu-central-1", time: "20250717T142504Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA546H3B56/20250717/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=539718343f068fb4a6a2398f3d96a476fbd3f147fcb1edc25f7a6694d23e8676"
  ),
  SigV4Vector(
    method: "HEAD", path: "/%21%26%2B%25%C3%9F%3A",
    query: "%2B%23%5D%2C9%2A=_%C3%9F%24%C3%9F&%2A%239~%2B=%20%2A%5B%20%2A",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-date", "20250828T133539Z"),
      ("x-amz-content-sha256", "db71bbc00e602d7e8b7189eb6f412555b3dbb4689406450eb047ed814f7ca824"),
    ],
    payloadHash: "db71bbc00e602d7e8b7189eb6f412555b3dbb4689406450eb047ed814f7ca824",
    accessKeyID: "AKIAH4H/4EC6EEEBG5DE", secret: "sc_*a_]c0@ &(b;/&-ß?:b",
    region: "eu-central-1", time: "20250828T133539Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAH4H/4EC6EEEBG5DE/20250828/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=95bb628b61d58177738199b06fb8404c253465e7d616a74ebb4a3a44d6e6207a"
  ),
  SigV4Vector(
    method: "HEAD", path: "/%24c%25b1%3A9%23%E6%BC%A2%40~%C2%A0-%2C%C2%A0",
    query: "",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-date", "20240505T070131Z"),
      ("x-amz-content-sha256", "3da893bc6c290c3038d927fa0e4b4f3b855189dded7ba17fd45d3d4acb904b04"),
    ],
    payloadHash: "3da893bc6c290c3038d927fa0e4b4f3b855189dded7ba17fd45d3d4acb904b04",
    accessKeyID: "AKIAD", secret: "s+1::$)[:%@b(ß@ä\"%-*",
    region: "eu-central-1", time: "20240505T070131Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAD/20240505/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=840f48ed7dca64ba0ce5da0016f6a6b783cdbe90a28f51de897bf801ea45958a"
  ),
  SigV4Vector(
    method: "HEAD", path: "/Z%C3%9F%3F",
    query: "X%21%24%5D%24%2C.=%E6%BC%A2%3B1",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-date", "20320816T173632Z"),
      ("x-amz-content-sha256", "6a53063c622e84019bea95ae9293708125d63e5c15e2da42bc1f2334b8532285"),
    ],
    payloadHash: "6a53063c622e84019bea95ae9293708125d63e5c15e2da42bc1f2334b8532285",
    accessKeyID: "AKIA", secret: "s+äb/9?bä :漢0%Y(.+%ß!;~)漢/&+0Y(')\"=@(b&@漢-'=",
    region: "local", time: "20320816T173632Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA/20320816/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=2c56f8d618b819d6cfa5ea48fafd46809b6ad62c137e07486ac595f3c4b09da9"
  ),
  SigV4Vector(
    method: "GET", path: "/%22ab%2C%21b%20%2B%28__%5B%26Y%24_%C3%9F%23%3A%5B/%C3%9F9%3A%2B",
    query:
      "X%3AX%2C=%5B%29%3B%C3%9F%27&9.%25%20%21%2A%24=b&%22%3F%C3%9F1%40%27.=%2CYc%22&%26%23%20%2B%25%209=%40~_%2Fa%3F%22",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "  ac"), ("x-amz-meta-b", "a ,,ac  cc"),
      ("x-amz-date", "20220518T213834Z"),
      ("x-amz-content-sha256", "d5c475a781e2ff2a37ea7fa5730fe639cf3e84aebf14b17b611be3b9f02b3add"),
    ],
    payloadHash: "d5c475a781e2ff2a37ea7fa5730fe639cf3e84aebf14b17b611be3b9f02b3add",
    accessKeyID: "AKIA/CDF2BG2/", secret: "s/漢+:0]!ß**  :&9/&c_X/ .~!' aä \"! .1X [\"&-:b$",
    region: "local", time: "20220518T213834Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA/CDF2BG2//20220518/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=9435c4299fc266e16623e4fcb9a310b92ea3719d36f5e2f14c333b12e7e033f8"
  ),
  SigV4Vector(
    method: "PUT", path: "/%40/%2A_1%2A%3F~%20%2B%22%2C%E6%BC%A2c%230%5B%3D%27%23b%28%3B%5B19",
    query: "",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "c,,aaa, b,bca a,"),
      ("x-amz-date", "20290603T232930Z"),
      ("x-amz-content-sha256", "fa5f9760c9a6e9f7e02f7467d8a8f8abd67ddf4ec42a0f09c0e70157c4170561"),
    ],
    payloadHash: "fa5f9760c9a6e9f7e02f7467d8a8f8abd67ddf4ec42a0f09c0e70157c4170561",
    accessKeyID: "AKIAGFEEF/", secret: "s~!Z ä9Xa?:&*\"!([1/#X@",
    region: "eu-central-1", time: "20290603T232930Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAGFEEF//20290603/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=f8869e3d35b48c301515fc2b207afc7ea70b5b372db97d0f6d6dbc8907b26289"
  ),
  SigV4Vector(
    method: "GET", path: "/c%3F%28-%29%C2%A0",
    query: "%5BY%27%2B%29%2B=-Z0%C2%A0%2A&%5DY.=1%5D.%22~&%40c%E6%BC%A2%40%C2%A0-9=",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", ",  ,c  bbac"),
      ("x-amz-date", "20290202T005050Z"),
      ("x-amz-content-sha256", "2524d2793e9bacc3b13ba04897081c476c393a4f9619a7767d1eff9b8331c9ad"),
    ],
    payloadHash: "2524d2793e9bacc3b13ba04897081c476c393a4f9619a7767d1eff9b8331c9ad",
    accessKeyID: "AKIAF", secret: "s @ä  :;Yä_'漢[+]~=$.:+_;0/a'$Z_Y",
    region: "us-east-1", time: "20290202T005050Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAF/20290202/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=d5bec3d67b7538e254c03b3ac18e43aefc3610a8b707e535877e4ba3e5631ec3"
  ),
  SigV4Vector(
    method: "DELETE", path: "/%23",
    query: "%2C%40-%23X=%3F%29%5D9&X=0Z&%3F%C3%9F=Z%3F_9%21",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "b,,a bb  a,"),
      ("x-amz-date", "20270915T210258Z"),
      ("x-amz-content-sha256", "14f0b788d5343e1b0a813799048002e9090112938b0a7c27d3254ccf05346d4a"),
    ],
    payloadHash: "14f0b788d5343e1b0a813799048002e9090112938b0a7c27d3254ccf05346d4a",
    accessKeyID: "AKIA2EF3G5BGF364E/G6BF", secret: "sa.漢.-)ä'+: \"(Z1 *#' Y'$!漢 &?a",
    region: "us-east-1", time: "20270915T210258Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA2EF3G5BGF364E/G6BF/20270915/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=58ce55c8f4c8cc60022f6a7c12cd897c4ba7c00aee3a9741522f7a4d7eaf681e"
  ),
  SigV4Vector(
    method: "DELETE", path: "/b%29",
    query: "1%2A1%C2%A0%28%2A=~.%23.%25%2A%2B&%40%C2%A0~%3D=c%5D%C3%9F%20%3B%26.&%3A%27%25=~",
    headers: [
      ("host", "localhost:9000"), ("x-amz-meta-a", " aac,accb ca  "),
      ("x-amz-date", "20180803T184220Z"),
      ("x-amz-content-sha256", "6462eeb23ebb3fb765b00a77d4b536e20ddc1687451ce88b5b7a363ab0be5971"),
    ],
    payloadHash: "6462eeb23ebb3fb765b00a77d4b536e20ddc1687451ce88b5b7a363ab0be5971",
    accessKeyID: "AKIA6", secret: "s~,漢'[$Z,(!_.+ [b-漢,c;ä0_.b~)$ ",
    region: "eu-central-1", time: "20180803T184220Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA6/20180803/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=f83c673760502a57ec6783812bcc148b0ec2ad09f5a48b497f42933d669c7007"
  ),
  SigV4Vector(
    method: "HEAD", path: "/%26%2A%2BX%3B.Z/%3F%25%240.%40%26%22%21%25Y~%200%21%40%E6%BC%A2X0c%27",
    query:
      "%22%2A%25%22%24_=%24%20-%28&%28%2F%C3%A4~1=%C2%A0%5B%2A%2C-%E6%BC%A2&%C3%A4%23%C3%9F%5B=_%3D.%C2%A0%28-&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAGEAAH%2F32D46F22CHGB%2F20130524%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T211655Z&X-Amz-Expires=463267&X-Amz-SignedHeaders=host&X-Amz-Signature=9083aec1a607794916376d92e3c583d1b09c473d8dd3f1ab0af4cac61866c98e",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIAGEAAH/32D46F22CHGB", secret: "sß-0b !&漢$\"[ß\"?~@.@,@",
    region: "eu-central-1", time: "20130524T211655Z",
    authorization: ""),
  SigV4Vector(
    method: "GET",
    path: "/%2A%5D%C3%9FZ%29%2BY%5D.%E6%BC%A2%26-/0%40%21a%C3%A4/%5B%22~Y%E6%BC%A2%21",
    query:
      "%C3%9FZ=%40Yc_a%29%3A&%2B.%20%2F%2F=Z.1%5B0%29%26&_9=&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAG4%2F20320914%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20320914T095414Z&X-Amz-Expires=558421&X-Amz-SignedHeaders=host&X-Amz-Signature=20a2d99a0c475ec5af3a00d1e09fc5bfac520865912422da5a9991b720d5bb1c",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIAG4", secret: "s, ß aY.~/ä0&ca*\"@:@*)-=:#Y-=]](]ßb 漢!+)X&",
    region: "eu-central-1", time: "20320914T095414Z",
    authorization: ""),
  SigV4Vector(
    method: "DELETE",
    path: "/ac%28%C3%9F-X%2B%23%3B%2A%C3%9F%22%28%3F%2C%2A%3AZ%2Bb%5B%25%25~%22%2C%3B/%22",
    query: "-=%C3%9Fc1%23b%40c&%22%3A=%26%21%3F9%221%C3%9F&%2C=%20%27%2B%E6%BC%A2",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "a bbb  c c   a bcaa"),
      ("x-amz-meta-b", "c "), ("x-amz-date", "20280305T220904Z"),
      ("x-amz-content-sha256", "f4ca85d965bd36e43e9a9b05b14c92d9466dc3051e25cbb2ab8b013b316ba9f8"),
    ],
    payloadHash: "f4ca85d965bd36e43e9a9b05b14c92d9466dc3051e25cbb2ab8b013b316ba9f8",
    accessKeyID: "AKIABA5HC4/C4H6", secret: "s;a~X!!:ß~,_$漢&~c",
    region: "us-east-1", time: "20280305T220904Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIABA5HC4/C4H6/20280305/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=df2af48d2509c794c186e24fe578b3c615fc4e912b6acf0d11f84036f2b68fbd"
  ),
  SigV4Vector(
    method: "GET", path: "/%C2%A0%5B%26%3A%25a%2B%3B%5D%3B%2A%24~_Z%2B%5B%24",
    query: "%21%C3%A4_%C3%9F=&X=%2B%C3%A40&%2B1%2B9=bb",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "c ca,b ,ccb,, cca "),
      ("x-amz-meta-b", "a "), ("x-amz-meta-c", "a,c b,,a     "), ("x-amz-date", "20260820T192945Z"),
      ("x-amz-content-sha256", "56765cc4c631d994c6fd43f45065abe03a1ad607c70fa61105391c2fd5761d8d"),
    ],
    payloadHash: "56765cc4c631d994c6fd43f45065abe03a1ad607c70fa61105391c2fd5761d8d",
    accessKeyID: "AKIAG/4GA5244D65", secret: "s1[X;~ä ]Xb*/c%]c 1&(*1@*ä漢a",
    region: "us-east-1", time: "20260820T192945Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAG/4GA5244D65/20260820/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b;x-amz-meta-c, Signature=eec850a12382bcaf98a31b04087b748c552cfa6478da79a0d7e63f12b241021e"
  ),
  SigV4Vector(
    method: "HEAD", path: "/0X%2A%3B%21XX%C3%A41%C3%9FZ/",
    query:
      "%3A=%5D%21b&a=a%2F%E6%BC%A2%3D%400&%5BX0%E6%BC%A2=%40%C2%A0%2A%27%24%2BZ&%5B_c%E6%BC%A2%29%E6%BC%A2%23=%26X%2F%C3%9F",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "c caabc a,c   "),
      ("x-amz-meta-b", "cc ccb abc"), ("x-amz-date", "20190915T071438Z"),
      ("x-amz-content-sha256", "abfbd10daf8965c8860b3582af942d7a7cac972b31d1c50f382b67d9b6c07365"),
    ],
    payloadHash: "abfbd10daf8965c8860b3582af942d7a7cac972b31d1c50f382b67d9b6c07365",
    accessKeyID: "AKIA", secret: "s?!~@@-($1",
    region: "local", time: "20190915T071438Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA/20190915/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=9c0250b71c54f1f12feeef21863aa1d1b73b317410bc37b1a6fe70f48e263b29"
  ),
  SigV4Vector(
    method: "GET", path: "/_%26",
    query:
      "a%21%2F=%29&%40%5BcX-%21%20=%2B%5Bc%20X&.%2F%29.%C3%9F=%26&%2A-%23b=%C3%A4%2F%C2%A0%2B%26%24%C3%9F",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", "aa, b  ba"),
      ("x-amz-meta-b", "c  bb , ,b "), ("x-amz-date", "20320610T230835Z"),
      ("x-amz-content-sha256", "0e7773e7e57994834af5c085709bb483666d1e174a743eea0bc5a6557d12159e"),
    ],
    payloadHash: "0e7773e7e57994834af5c085709bb483666d1e174a743eea0bc5a6557d12159e",
    accessKeyID: "AKIA3653", secret: "s1_漢b']),~)'c[9Z#==.=* c:0%+_[%&'b*",
    region: "us-east-1", time: "20320610T230835Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA3653/20320610/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=ce068976348e2c8f906f7478681d5d352f186b5f28ddeb117cb97b0c6ef43b3a"
  ),
  SigV4Vector(
    method: "GET", path: "/10%2C%C2%A0b%23%3F~%28%20%20.0%40.%27%40a_%3D%21",
    query: "Y%2B%20%28Z%40%C3%A4=Z%5D%5D~_-Y",
    headers: [
      ("host", "localhost:9000"), ("x-amz-date", "20140420T182752Z"),
      ("x-amz-content-sha256", "c2d6440122f0dc8fdfa46c9a07248697bbd60344aa8138f0971e57eddad0bae5"),
    ],
    payloadHash: "c2d6440122f0dc8fdfa46c9a07248697bbd60344aa8138f0971e57eddad0bae5",
    accessKeyID: "AKIA", secret: "sa~(#!ß(;ßß\"'~)++9 Yb~09漢",
    region: "us-east-1", time: "20140420T182752Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA/20140420/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=876331e7b4c9e0779d2748562c9fca050ded6a2e0df4b8faef0218b11b6a367c"
  ),
  SigV4Vector(
    method: "DELETE", path: "/0/%28",
    query:
      "%C3%A4=&-%C2%A0%2C0Z%5B%C3%A4=9%3Fc%2CX%2B%26&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2FGF6GGA6DFD3FGGH%2F26%2F20251004%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20251004T081732Z&X-Amz-Expires=291184&X-Amz-SignedHeaders=host&X-Amz-Signature=a43b3cb9ef59c4e9495c8d0a8de3f0a5744287b1ccbf09734831dd76bb3cea5e",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA/GF6GGA6DFD3FGGH/26", secret: "s?9\"&ä;_? \"0)==\"",
    region: "us-east-1", time: "20251004T081732Z",
    authorization: ""),
  SigV4Vector(
    method: "PUT", path: "/%28.%24-/_a%3F%2B%5B",
    query:
      "Z%24%25X%3D%23=%3F&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA3BBBG6%2F20161006%2Flocal%2Fs3%2Faws4_request&X-Amz-Date=20161006T232625Z&X-Amz-Expires=466357&X-Amz-SignedHeaders=host&X-Amz-Signature=7ba968286bef51181e21ea8573b1633bcc96866159179664b68188cd24942ff3",
    headers: [("host", "localhost:9000")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA3BBBG6", secret: "sä!Z% ':漢Zß9%%) '-1[0/?*漢 \"c ?  a~漢b\"0",
    region: "local", time: "20161006T232625Z",
    authorization: ""),
  SigV4Vector(
    method: "GET", path: "/%3F1%23X%20%24%5D~~~%3B%40_%C3%9Fc%E6%BC%A2",
    query:
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA6CFAGH%2F20190430%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20190430T062323Z&X-Amz-Expires=226499&X-Amz-SignedHeaders=host&X-Amz-Signature=ccfb5955325129365e55a5346877c86a7edb3a0ea7cfa23ef1026530d8b2f449",
    headers: [("host", "bucket.example.com")],
    payloadHash: "UNSIGNED-PAYLOAD",
    accessKeyID: "AKIA6CFAGH", secret: "sä[_!c&ä漢! ~@['X [ 0aZ]']ä/])?]\"*;",
    region: "us-east-1", time: "20190430T062323Z",
    authorization: ""),
  SigV4Vector(
    method: "DELETE", path: "/Z%24/c~a.X%23b%C3%9F%22%3B%2BX%21%23",
    query: "%C3%A40=%C3%A4%3D%3F&cZ~%24%27=b1Z&%23%5B=%E6%BC%A2%21&%E6%BC%A2~%27%C3%A4%27=",
    headers: [
      ("host", "localhost:9000"), ("x-amz-meta-a", " acc b b,  "),
      ("x-amz-date", "20240725T173749Z"),
      ("x-amz-content-sha256", "b944144cd67f81a953a7b7c365dee2a139574f065f595f2768ebf5cb09586f89"),
    ],
    payloadHash: "b944144cd67f81a953a7b7c365dee2a139574f065f595f2768ebf5cb09586f89",
    accessKeyID: "AKIA5DA/BB566E", secret: "s&ß\"@+漢*/~*)Y?b/@=:);~;",
    region: "eu-central-1", time: "20240725T173749Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA5DA/BB566E/20240725/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=785497a6025b807d963532f7cdcff6f441f2d561e2ad99cdb206891ae05e5f85"
  ),
  SigV4Vector(
    method: "DELETE", path: "/1c10%5B%26%2B%40_a%27%5BX%26%C3%A4%20Y9%3F",
    query: "0%C3%9F%3A.%24%E6%BC%A2=%E6%BC%A2&%5BZ%3F%250=%C2%A0%27c%E6%BC%A2%E6%BC%A2%E6%BC%A2%40",
    headers: [
      ("host", "localhost:9000"), ("x-amz-meta-a", ",cc ,"), ("x-amz-meta-b", "c  aba ca,b "),
      ("x-amz-date", "20240630T233101Z"),
      ("x-amz-content-sha256", "bed9c6953b58f12224cd9053795ff34bc0a0a690f77a096f0e08d7406eaef635"),
    ],
    payloadHash: "bed9c6953b58f12224cd9053795ff34bc0a0a690f77a096f0e08d7406eaef635",
    accessKeyID: "AKIA2E4C3F", secret: "sc#] \"ä,'+&c/c,+(/[:], =ß=0",
    region: "us-east-1", time: "20240630T233101Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA2E4C3F/20240630/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b, Signature=438d86704b542d9e87b193462651b0a494a870343ea9b56d404ecad871702c79"
  ),
  SigV4Vector(
    method: "DELETE", path: "/%25%5D~c9%289%24XY%230%3B%3A0%2BZZ%2Bb%28%2B0%2A%C3%A4",
    query: "%22%21b=0%3B%5D&%5B-.=",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-date", "20270218T082028Z"),
      ("x-amz-content-sha256", "5a3158f203cbb92484b779daad113e2dc45410216204d8e9977f510235e88fc1"),
    ],
    payloadHash: "5a3158f203cbb92484b779daad113e2dc45410216204d8e9977f510235e88fc1",
    accessKeyID: "AKIA5B5B5GEABBDB6252",
    secret: "s!Z\"]!!:&.&&!] )/ä9:# 0YX,a):@/;?]\"%/&X-XY0*'9aZ漢~",
    region: "local", time: "20270218T082028Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA5B5B5GEABBDB6252/20270218/local/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=df4ae2503bea2f5085bbef9bf200f23c7e62d27796e1fbdbc79b60eb4920cff6"
  ),
  SigV4Vector(
    method: "PUT", path: "/%20/",
    query: "%40%3F=%27%2B&Y%3A-%2B=%C2%A0%2F%20&%26%2A%5B%C2%A0%2B%28c=09",
    headers: [
      ("host", "bucket.example.com"), ("x-amz-meta-a", ",b"), ("x-amz-date", "20151228T142842Z"),
      ("x-amz-content-sha256", "1ee7d69243a2c7ce86d93d46c5dffc450fee2b99cedf15cbed4e83cd418bfcc6"),
    ],
    payloadHash: "1ee7d69243a2c7ce86d93d46c5dffc450fee2b99cedf15cbed4e83cd418bfcc6",
    accessKeyID: "AKIAA3F4DCC/6666G6D", secret: "s[~@:1#/?0:;Z[90Y\";9(~X-=漢\"Y漢0ä",
    region: "eu-central-1", time: "20151228T142842Z",
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIAA3F4DCC/6666G6D/20151228/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, Signature=e1942a1070252ed22cf003e4523da0ab783ecf6affa82f16c7e9938cc9ea4b1e"
  ),
]
