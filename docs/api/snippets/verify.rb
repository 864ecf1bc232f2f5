require "openssl"

module AutousersWebhook
  TOLERANCE = 300 # seconds, either way

  # Raises ArgumentError unless the request can be trusted. `body` is the raw
  # request body, `header` the value of Autousers-Signature.
  def self.verify(secret:, body:, header:, now: Time.now.to_i)
    entries = header.split(",").map { |entry| entry.strip.split("=", 2) }
    timestamp = entries.assoc("t")&.fetch(1, nil).to_s
    unless timestamp.match?(/\A[0-9]{1,12}\z/) && (now - timestamp.to_i).abs <= TOLERANCE
      raise ArgumentError, "The signature has no timestamp, or it is not current."
    end

    expected = OpenSSL::HMAC.hexdigest("SHA256", secret, "#{timestamp}.".b + body.b)
    # While a secret is being rotated there are two signatures: try every one.
    given = entries.select { |name, _| name == "v1" }.map { |_, value| value.to_s }
    return if given.any? { |signature| OpenSSL.secure_compare(signature, expected) }

    raise ArgumentError, "No signature matches this body and secret."
  end
end
