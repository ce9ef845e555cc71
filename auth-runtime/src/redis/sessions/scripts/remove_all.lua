-- Ends all sessions of a generation. The index only frees memory early: it may be incomplete.
local generation, index = ARGV[1], ARGV[2]
redis.call('DEL', generation_key(generation))
if index ~= '' then
    for _, digest in ipairs(redis.call('ZRANGE', index_key(index), 0, -1)) do
        redis.call('DEL', session_key(digest))
    end
    redis.call('DEL', index_key(index))
end
