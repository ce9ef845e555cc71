local key = index_key(ARGV[1])
local found = {}
for _, digest in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    if exists(digest) then
        local session = redis.call('HMGET', session_key(digest), 'data', 'seen_at', 'sealed')
        found[#found + 1] = { digest, session[1], session[2], session[3] }
    else
        redis.call('DEL', session_key(digest))
        redis.call('ZREM', key, digest)
    end
end
return found
