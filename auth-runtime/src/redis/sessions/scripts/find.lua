local digest = ARGV[1]
if not exists(digest) then
    return false
end
local found = redis.call('HMGET', session_key(digest), 'data', 'seen_at', 'sealed')
found[4] = whole(now())
return found
