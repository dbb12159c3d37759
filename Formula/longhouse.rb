# Not published yet: there is no release, so the checksums below are zeros and brew refuses them. `brew install --HEAD`
# builds from the repository; a release replaces version and checksums (SHA256SUMS, as install.sh reads it).
class Longhouse < Formula
  desc "Keeps, shows and finds every session of your coding agents"
  homepage "https://longhouse.ai"
  version "0.1.0"
  license "MIT"
  head "https://github.com/cipher982/longhouse.git", branch: "main"

  base = "https://github.com/cipher982/longhouse/releases/download/v#{version}"
  unreleased = "0" * 64

  on_macos do
    on_arm do
      url "#{base}/longhouse-darwin-arm64"
      sha256 unreleased
    end
    on_intel do
      url "#{base}/longhouse-darwin-x64"
      sha256 unreleased
    end
  end

  on_linux do
    on_arm do
      url "#{base}/longhouse-linux-arm64"
      sha256 unreleased
    end
    on_intel do
      url "#{base}/longhouse-linux-x64"
      sha256 unreleased
    end
  end

  head do
    depends_on "node" => :build
  end

  # Apple's SQLite is old; Longhouse looks for this one first.
  on_macos do
    depends_on "sqlite"
  end

  def install
    if build.head?
      system "npx", "--yes", "bun@1.4.4", "install", "--frozen-lockfile"
      system "npx", "--yes", "bun@1.4.4", "run", "build"
      bin.install "dist/longhouse"
    else
      bin.install Dir["longhouse-*"].first => "longhouse"
    end
  end

  service do
    run [opt_bin/"longhouse", "serve", "--no-open"]
    keep_alive true
    log_path var/"log/longhouse.log"
    error_log_path var/"log/longhouse.log"
  end

  test do
    ENV["LONGHOUSE_HOME"] = testpath/"home"
    assert_match(/\d+\.\d+\.\d+/, shell_output("#{bin}/longhouse version"))
  end
end
